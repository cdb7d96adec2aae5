package function

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a function on one service. Every driver passes
// functiontest.Run.
type Driver interface {
	// Target names the service for errors, such as "local".
	Target() string
	// Caps are the service's limits; New checks them before anything is
	// registered.
	Caps() Caps
	// Check reports what else the driver would refuse, such as a name of the
	// environment that the service keeps for itself or a fault of the driver's
	// own options. All faults in one error.
	Check(a Args) error
	// Build registers the function below parent, with names that start with
	// name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Caps are what a service allows.
type Caps struct {
	MaxTimeoutSeconds          int
	MinMemoryMiB, MaxMemoryMiB int
	MaxConcurrency             int
	// Sources: a queue can call the function, in batches of up to
	// MaxBatchSize, and with a lease of LeaseTimeouts times the function's
	// time-out or more.
	Sources       bool
	MaxBatchSize  int
	LeaseTimeouts int
	// Schedules: the clock can call the function.
	Schedules bool
	// Rights are those that a function can have.
	Rights []Right
}

// Binding is what a built function hands on.
type Binding struct {
	// URL is where it is called; callers must be allowed to.
	URL pulumi.StringOutput
	// ID is what the service calls it.
	ID pulumi.StringOutput
}
