package machinegroup

import (
	"context"
	"errors"
	"fmt"
)

// Op is what a Group was doing when it failed, worded for error texts.
type Op string

// The operations.
const (
	OpOpen      Op = "opening"
	OpProtect   Op = "protecting this machine in"
	OpUnprotect Op = "taking back this machine's protection in"
	OpLeave     Op = "leaving"
	OpClose     Op = "closing"
)

// Error is what every method of Group fails with.
type Error struct {
	Op Op
	// Group is the group's name, or its address where it has none yet.
	Group string
	Kind  Kind
	Err   error
}

// Error reads like: leaving machine group "grid-workers": cause.
func (e *Error) Error() string { return fmt.Sprintf("%s machine group %q: %v", e.Op, e.Group, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error that a Group or an Opener returned,
// KindCanceled for the errors of a context, else KindUnknown.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return KindCanceled
	}
	return KindUnknown
}

// String is the kind in words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Passing reports whether trying again later may help.
func (k Kind) Passing() bool { return k == KindThrottled || k == KindUnavailable }
