package network

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a network on one service. Every driver passes networktest.Run.
type Driver interface {
	// Target names the service for errors, such as "aws".
	Target() string
	// Caps are the service's limits; New checks them before anything is
	// registered.
	Caps() Caps
	// Check reports what else the driver would refuse, such as a zone of
	// another region or a fault of its own options. All faults in one error.
	Check(a Args) error
	// Build registers the network below parent, with names that start with
	// name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Caps are what a service allows.
type Caps struct {
	// MinPrefixBits and MaxPrefixBits are of the whole network: 16 is the
	// larger network, 24 the smaller.
	MinPrefixBits, MaxPrefixBits int
	MaxZones                     int
}

// Subnet is where the machines of one zone stand.
type Subnet struct {
	Zone string
	ID   pulumi.StringOutput
}

// Binding is what a built network hands on.
type Binding struct {
	// ID is what the service calls the network.
	ID pulumi.StringOutput
	// Subnets for machines, one for each zone, in the order of Args.Zones.
	Subnets []Subnet
}
