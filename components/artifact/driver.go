package artifact

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver keeps artifacts on one service. Every driver passes artifacttest.Run.
type Driver interface {
	// Target names the service for errors, such as "aws".
	Target() string
	// Check reports every fault of the driver's own options, in one error.
	Check() error
	// Build registers the place below parent, with names that start with name.
	// It is called once for a driver, before Put.
	Build(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*Binding, error)
	// Put registers one program below parent, as the resource of that name,
	// kept under the hash of its content.
	Put(ctx *pulumi.Context, name string, p Program, parent pulumi.ResourceOption) (*Object, error)
}

// Binding is what a built store hands on.
type Binding struct {
	// ID is what the service calls it.
	ID pulumi.StringOutput
}

// Object is a program as a store keeps it. Its URL names its content: another
// content is another object.
type Object struct {
	// Place is the bucket, Key the name in it.
	Place, Key pulumi.StringOutput
	// ID is what grants name.
	ID pulumi.StringOutput
	// SHA256 is of the content, in hex.
	SHA256 string
}
