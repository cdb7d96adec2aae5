package queue

import (
	"context"
	"time"
)

// Driver is what one queue service must do. Drivers are safe for concurrent
// use. They do not retry: Queue does, by the Kind of the error. Every driver
// passes queuetest.Run.
type Driver interface {
	// Send stores the messages durably: all of them, or an error (some may
	// have been stored then; sending them again with the same IDs is harmless
	// where Caps.Dedupes says so).
	Send(ctx context.Context, messages []Message) error
	// Receive hands out up to max messages, each hidden from others for the
	// queue's lease. It waits up to wait for the first one and then returns
	// what there is; none after wait is not an error.
	Receive(ctx context.Context, max int, wait time.Duration) ([]Delivery, error)
	// Extend starts the lease anew. KindLeaseLost if another may hold the
	// message by now, where the service can tell.
	Extend(ctx context.Context, r Receipt) error
	// Ack removes the message for good and returns when that is durable.
	// Twice is nil.
	Ack(ctx context.Context, r Receipt) error
	// Release ends the lease and makes the message visible again after delay
	// (0: at once), at the latest a second later.
	Release(ctx context.Context, r Receipt, delay time.Duration) error
	// Stats counts the messages as well as the service can: Caps.StatsLag and
	// Caps.CountsTogether say how well that is. KindUncounted: it has no count
	// of them, or none yet.
	Stats(ctx context.Context) (Stats, error)
	// Lease is how long a received message stays hidden, as the queue was
	// declared.
	Lease() time.Duration
	// Kind classifies an error that any method returned.
	Kind(err error) Kind
	// Caps says what the service can do and its limits.
	Caps() Caps
	// Close lets go of connections. Any call after it fails with KindClosed.
	Close() error
}

// Message is what is sent.
type Message struct {
	// ID identifies the message where the service removes duplicates.
	ID string
	// Body is any bytes, up to Caps.MaxBodyBytes.
	Body []byte
}

// Delivery is one received message.
type Delivery struct {
	Body []byte
	// Number counts the deliveries of this message, from 1.
	Number int
	// Receipt stands for this delivery in Extend, Ack and Release.
	Receipt Receipt
}

// Receipt is the driver's own handle for one delivery.
type Receipt any

// Stats are counts of messages.
type Stats struct {
	// Ready can be received now, or are waiting out a delay. With
	// Caps.CountsTogether those that receivers hold are among them.
	Ready int `json:"ready"`
	// Leased are held by receivers; 0 with Caps.CountsTogether.
	Leased int `json:"leased"`
}

// Caps are a service's capabilities and limits.
type Caps struct {
	// MaxBodyBytes is the largest message body.
	MaxBodyBytes int
	// MaxBatch is the most messages that Receive returns at once.
	MaxBatch int
	// Dedupes: a message sent twice with one ID within minutes is stored once.
	Dedupes bool
	// LeaseLostIsSeen: Extend and Ack on a lease that ran out report
	// KindLeaseLost at least once another receiver has got the message.
	LeaseLostIsSeen bool
	// StatsLag is how old Stats may be: what was sent or removed since then may
	// not be counted yet. 0: seconds, if the service is a busy one.
	StatsLag time.Duration
	// CountsTogether: Stats cannot tell messages that wait from those that are
	// held, and counts both as Ready.
	CountsTogether bool
	// SendOnly: messages are received elsewhere in other ways. Receive, Extend,
	// Ack, Release and Stats fail with KindUnsupported.
	SendOnly bool
}

// Kind is a class of errors that callers act on.
type Kind int

// The kinds of errors.
const (
	KindUnknown     Kind = iota
	KindNotFound         // no such queue
	KindDenied           // not allowed
	KindThrottled        // too many requests, or no room now: try again later
	KindUnavailable      // the service cannot be reached now: try again later
	KindLeaseLost        // another receiver may hold the message
	KindTooLarge         // the body is over Caps.MaxBodyBytes
	KindClosed           // the driver was closed
	KindCanceled         // the caller's context ended
	KindUnsupported      // the queue is of a form that cannot do that
	KindUncounted        // there is no count of the messages, or none yet
)
