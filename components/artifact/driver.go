package artifact

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver keeps artifacts on one service. Every driver passes artifacttest.Run.
type Driver interface {
	// Target names the service for errors, such as "aws".
	Target() string
	// Check reports every fault of the driver's own options, in one error.
	Check() error
	// Build registers a place for programs below parent, with names that start
	// with name.
	Build(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*Binding, error)
	// Put registers one program below parent, in a place that Build made, kept
	// under the hash of its content.
	Put(ctx *pulumi.Context, to *Binding, item Item, parent pulumi.ResourceOption) (*Object, error)
}

// Binding is what a built store hands on.
type Binding struct {
	// ID is what the service calls it.
	ID pulumi.StringOutput
	// Guards are what protects it, such as its policy and its encryption:
	// nothing is put before they are there.
	Guards []pulumi.Resource
}

// Item is a program on its way into a store.
type Item struct {
	// Resource is what it is registered as.
	Resource string
	// Name is its short name, such as "worker".
	Name    string
	Program Program
}

// Object is a program as a store keeps it. Its key names its content: another
// content is another object, and the one that it takes the place of is deleted
// when everything that was declared with it has changed over.
type Object struct {
	// Place is the bucket, Key the name in it. Both are known once the program
	// is there.
	Place, Key pulumi.StringOutput
	// ID is what grants name: every content of the object's name. A machine
	// that boots by the last declaration, while a new program takes its place,
	// may still read its own.
	ID pulumi.StringOutput
	// SHA256 is of the content, in hex.
	SHA256 string
}
