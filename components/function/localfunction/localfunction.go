// Package localfunction builds functions that the agent of a local grid serves
// behind AWS Lambda's runtime interface.
package localfunction

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Options name the agent.
type Options struct {
	Directory pulumi.StringInput // the agent's
	Server    pulumi.StringInput // the agent's URL
}

// Driver builds local functions.
type Driver struct{ options Options }

var _ function.Driver = (*Driver)(nil)

// New makes a driver for one agent.
func New(o Options) *Driver { return &Driver{o} }

// Target implements function.Driver.
func (*Driver) Target() string { return "local" }

// Caps implements function.Driver: Lambda's limits, whose runtime it is.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func (*Driver) Caps() function.Caps {
	return function.Caps{MaxTimeoutSeconds: 900, MinMemoryMiB: 128, MaxMemoryMiB: 10240, MaxConcurrency: 1000}
}

// Check implements function.Driver: the limits are all there is.
func (*Driver) Check(function.Args) error { return nil }

// resource is spotgrid:local:Function of the provider.
type resource struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
	URL  pulumi.StringOutput `pulumi:"url"`
}

// Build implements function.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a function.Args, parent pulumi.ResourceOption) (*function.Binding, error) {
	r := &resource{}
	in := pulumi.Map{
		"directory": d.options.Directory, "server": d.options.Server, "name": pulumi.String(name),
		"binary": pulumi.String(a.Program.Path), "binarySha256": pulumi.String(a.Program.SHA256),
		"timeoutSeconds": pulumi.Int(a.TimeoutSeconds), "memoryMib": pulumi.Int(a.MemoryMiB),
		"concurrency": pulumi.Int(a.Concurrency), "environment": a.Environment,
	}
	if err := ctx.RegisterResource("spotgrid:local:Function", naming.Child(name, "program"), in, r, parent); err != nil {
		return nil, err
	}
	return &function.Binding{URL: r.URL, ID: r.Name}, nil
}
