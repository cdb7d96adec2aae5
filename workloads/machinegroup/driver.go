package machinegroup

import "context"

// Driver is what one service must do for one machine. Drivers are safe for
// concurrent use. They do not retry: Group does, by the Kind of the error. Every
// driver passes machinegrouptest.Run.
type Driver interface {
	// Caps say what the service can do.
	Caps() Caps
	// Protect says whether the group must leave the machine alone when it
	// shrinks. It does not save the machine from other ends, such as those that
	// the cloud decides. Twice is nil. KindWrongState: the machine is not in
	// service (any more). Without Caps.Protects it changes nothing and is nil,
	// unless ctx has ended or the driver was closed.
	Protect(ctx context.Context, on bool) error
	// Leave says that the machine has drained and may go. KindWrongState: the
	// group is not waiting for that, or not yet, or was told already.
	//
	// With Caps.LeavesInService it takes a machine in service out of its group,
	// which then wants one machine less, and ends it. Twice is nil.
	// KindAtMinimum: the group would have too few machines then.
	Leave(ctx context.Context) error
	// Kind classifies an error that any method returned.
	Kind(err error) Kind
	// Close lets go of connections. Any call after it fails with KindClosed.
	Close() error
}

// Caps are what the groups of one service can do.
type Caps struct {
	// Protects: a group can be told to leave a machine alone when it shrinks.
	Protects bool
	// LeavesInService: a machine can leave although its group does not take it
	// away.
	LeavesInService bool
}

// Kind is a class of errors that callers act on.
type Kind int

// The kinds of errors.
const (
	KindUnknown     Kind = iota
	KindNotFound         // no such group, or the machine is not in it
	KindDenied           // not allowed
	KindThrottled        // too many requests, or the group is being changed: try again later
	KindUnavailable      // the service cannot be reached now: try again later
	KindWrongState       // the machine's state does not allow it
	KindAtMinimum        // the group would have too few machines
	KindClosed           // the driver was closed
	KindCanceled         // the caller's context ended
)

var kindNames = [...]string{
	KindUnknown:     "unknown",
	KindNotFound:    "not found",
	KindDenied:      "denied",
	KindThrottled:   "throttled",
	KindUnavailable: "unavailable",
	KindWrongState:  "wrong state",
	KindAtMinimum:   "at its minimum",
	KindClosed:      "closed",
	KindCanceled:    "canceled",
}
