package fleet

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a fleet on one service. Every driver passes fleettest.Run.
type Driver interface {
	// Target names the service for errors, such as "local".
	Target() string
	// Caps are the service's limits; New checks them before anything is
	// registered.
	Caps() Caps
	// Check reports what else the driver would refuse, such as a machine type
	// that there is not or a fault of its own options. All faults in one error.
	Check(a Args) error
	// Build registers the fleet below parent, with names that start with name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Caps are what a service allows.
type Caps struct {
	MaxWorkers int
	MaxSlots   int
	// MaxDrainSeconds is the longest that a worker can count on when it is
	// stopped in an orderly way.
	MaxDrainSeconds int
}

// Binding is what a built fleet hands on.
type Binding struct {
	// ID is what the service calls it.
	ID pulumi.StringOutput
}
