package volume

import (
	"context"
	"io"
)

// Driver is what one bucket of an object storage service must do to hold a volume.
// The service must show what was written to every later read and list, as S3 and
// Cloud Storage do. Drivers are safe for concurrent use. They do not retry: the
// volume does, by the Kind of the error. Every driver passes volumetest.Run.
type Driver interface {
	// Put writes an object whole, and returns when that is durable.
	Put(ctx context.Context, key string, data []byte, o PutOptions) error
	// Get reads an object. The caller closes it. Reading to the end fails if the
	// content is not what was written.
	Get(ctx context.Context, key string) (Body, error)
	// Claim returns the Claim that the object was written with, "" if with none.
	Claim(ctx context.Context, key string) (string, error)
	// List returns a page of the keys that start with prefix, and where the next
	// page starts: "" after the last one. The first page starts at "".
	List(ctx context.Context, prefix, start string) (keys []string, next string, err error)
	// Delete removes an object. It is nil if there is none.
	Delete(ctx context.Context, key string) error
	// Kind classifies an error that any method returned.
	Kind(err error) Kind
}

// PutOptions say how Put writes.
type PutOptions struct {
	// Once: fail with KindExists if there is an object of this key, whoever wrote
	// it and however many do at a time.
	Once bool
	// Claim is kept beside the content: up to 64 letters and digits.
	Claim string
}

// Body is the content of an object.
type Body struct {
	io.ReadCloser
	// Bytes is how many it has, -1 if that is not known.
	Bytes int64
}

// Kind is a class of errors that callers act on.
type Kind int

// The kinds of errors.
const (
	KindUnknown     Kind = iota
	KindExists           // there is an object of this key
	KindNotFound         // there is no such object, or no such bucket
	KindDenied           // not allowed, or no credentials, or another region's bucket
	KindThrottled        // too many requests, or two writes of a key at a time: try again later
	KindUnavailable      // the service cannot be reached now: try again later
	KindFull             // no room; there are services with quotas
	KindCanceled         // the caller's context ended
)

// isPassing tells whether trying again may help.
func (k Kind) isPassing() bool { return k == KindThrottled || k == KindUnavailable }
