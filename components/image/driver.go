package image

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Driver builds a registry on one service. Every driver passes imagetest.Run.
type Driver interface {
	// Target names the service for errors, such as "aws".
	Target() string
	// Caps are the service's limits; New checks them before anything is
	// registered.
	Caps() Caps
	// Check reports every fault of the driver's own options, in one error.
	Check() error
	// Build registers a repository below parent, with names that start with
	// name.
	Build(ctx *pulumi.Context, name string, a Args, parent pulumi.ResourceOption) (*Binding, error)
	// Provider is the project's own, which makes and pushes the images.
	Provider() pulumi.ProviderResource
}

// Caps are what a service allows.
type Caps struct{ MaxKeep int }

// Binding is what a built registry hands on.
type Binding struct {
	// Repository is what images are pushed to, HOST/PATH.
	Repository pulumi.StringOutput
	// ID is what the service calls it, for grants.
	ID pulumi.StringOutput
	// Guards are what protects it, such as its policy: nothing is pushed
	// before they are there.
	Guards []pulumi.Resource
}
