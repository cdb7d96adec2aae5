package volume

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a volume on one service. Every driver passes volumetest.Run.
type Driver interface {
	// Target names the service for errors, such as "local".
	Target() string
	// Build registers the volume below parent, with names that start with
	// name. Protection is inherited from the parent.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Binding is what a built volume hands on.
type Binding struct {
	// URL is what a workload opens.
	URL pulumi.StringOutput
	// ID is what the service calls it.
	ID pulumi.StringOutput
}
