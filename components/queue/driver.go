package queue

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a queue on one service. Every driver passes queuetest.Run.
type Driver interface {
	// Target names the service for errors, such as "local".
	Target() string
	// Caps are the service's limits; New checks them before anything is
	// registered.
	Caps() Caps
	// Build registers the queue and its dead-letter queue below parent, with
	// names that start with name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Caps are what a service allows.
type Caps struct {
	MinLeaseSeconds, MaxLeaseSeconds int
	MinDeliveries, MaxDeliveries     int
	MaxRetentionHours                int
}

// Binding is what a built queue hands on.
type Binding struct {
	// URL and DeadLetterURL are what a workload opens.
	URL, DeadLetterURL pulumi.StringOutput
	// ID and DeadLetterID are what the service calls them, for grants and for
	// those who scale on the backlog.
	ID, DeadLetterID pulumi.StringOutput
}
