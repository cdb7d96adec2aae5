package queue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Opener connects to the queue at a URL. It refuses URL parameters it does not
// know. It may return an *Error to tell the kind.
type Opener func(ctx context.Context, u *url.URL) (Driver, error)

// Openers are the Opener of each URL scheme.
type Openers map[string]Opener

// Open connects to the queue at rawURL with the Opener of its scheme and the
// default Options. The queue's name is the last part of the URL's path, or what
// the driver calls it by a method Name where the URL has no path.
func Open(ctx context.Context, rawURL string, openers Openers) (*Queue, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The error of url.Parse repeats the URL, which may hold a password.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("opening queue: its URL is malformed: %w", err)
	}
	open, ok := openers[u.Scheme]
	if !ok {
		return nil, &Error{Op: OpOpen, Queue: address(u), Err: fmt.Errorf("scheme %q is unknown, want one of: %s",
			u.Scheme, strings.Join(slices.Sorted(maps.Keys(openers)), ", "))}
	}
	d, err := open(ctx, u)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &Error{Op: OpOpen, Queue: address(u), Kind: KindOf(err), Err: err}
	}
	return New(d, Options{Name: nameOf(u, d)}), nil
}

func nameOf(u *url.URL, d Driver) string {
	if named, ok := d.(interface{ Name() string }); ok && u.Path == "" {
		return named.Name()
	}
	return path.Base(u.Path)
}

// address is the URL without user, password and parameters, which may be
// secret.
func address(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }
