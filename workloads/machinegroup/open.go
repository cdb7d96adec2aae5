package machinegroup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Opener makes a driver for the machine that a URL names. It refuses URL
// parameters it does not know. It need not call the service. It may return an
// *Error to tell the kind.
type Opener func(ctx context.Context, u *url.URL) (Driver, error)

// Openers are the Opener of each URL scheme.
type Openers map[string]Opener

// Open makes the Group of the machine at rawURL with the Opener of its scheme
// and the default Options. The group's name is the URL's path.
func Open(ctx context.Context, rawURL string, openers Openers) (*Group, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The error of url.Parse repeats the URL, which may hold a password.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("opening machine group: its URL is malformed: %w", err)
	}
	open, ok := openers[u.Scheme]
	if !ok {
		return nil, &Error{Op: OpOpen, Group: address(u), Err: fmt.Errorf("scheme %q is unknown, want one of: %s",
			u.Scheme, strings.Join(slices.Sorted(maps.Keys(openers)), ", "))}
	}
	d, err := open(ctx, u)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &Error{Op: OpOpen, Group: address(u), Kind: KindOf(err), Err: err}
	}
	return New(d, Options{Name: strings.TrimPrefix(u.Path, "/")}), nil
}

// address is the URL without user, password and parameters, which may be
// secret.
func address(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }
