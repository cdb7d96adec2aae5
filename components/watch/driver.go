package watch

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds watches on one target.
type Driver interface {
	// Target names the service for errors, such as "aws".
	Target() string
	// Check reports what else the driver would refuse. All faults in one error.
	Check(a Args) error
	// Build registers the watch below parent, with names that start with name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
}

// Binding is where a watch tells.
type Binding struct {
	// ID is what other alarms tell: a topic on AWS, the first channel on Google
	// Cloud.
	ID pulumi.StringOutput
}
