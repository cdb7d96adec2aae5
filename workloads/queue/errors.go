package queue

import (
	"context"
	"errors"
	"fmt"
)

// ErrLeaseLost is the cause of a context that Hold ended because the message
// may be with another receiver.
var ErrLeaseLost = errors.New("the lease on the message was lost, another receiver may hold it")

// Op is what a Queue was doing when it failed, worded for error texts.
type Op string

// The operations.
const (
	OpOpen    Op = "opening"
	OpSend    Op = "sending to"
	OpReceive Op = "receiving from"
	OpExtend  Op = "extending a lease of"
	OpAck     Op = "acknowledging a message of"
	OpRelease Op = "releasing a message of"
	OpStats   Op = "counting the messages of"
	OpClose   Op = "closing"
)

// Error is what every method of Queue fails with.
type Error struct {
	Op Op
	// Queue is the queue's name, or its address where it has none yet.
	Queue string
	Kind  Kind
	Err   error
}

// Error reads like: receiving from queue "jobs": cause.
func (e *Error) Error() string { return fmt.Sprintf("%s queue %q: %v", e.Op, e.Queue, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error that a Queue or an Opener returned,
// KindCanceled for the errors of a context, else KindUnknown.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case isContextError(err):
		return KindCanceled
	}
	return KindUnknown
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

var kindNames = [...]string{
	KindUnknown:     "unknown",
	KindNotFound:    "not found",
	KindDenied:      "denied",
	KindThrottled:   "throttled",
	KindUnavailable: "unavailable",
	KindLeaseLost:   "lease lost",
	KindTooLarge:    "too large",
	KindClosed:      "closed",
	KindCanceled:    "canceled",
	KindUnsupported: "unsupported",
	KindUncounted:   "uncounted",
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
