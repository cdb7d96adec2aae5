// Package localvolume builds volumes that are folders of this machine.
package localvolume

import (
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/volume"
)

// Options name the agent and the place.
type Options struct {
	Directory pulumi.StringInput // the agent's
	// Path is the folder, absolute, new or empty.
	Path string
}

// Driver builds local volumes.
type Driver struct{ options Options }

var _ volume.Driver = (*Driver)(nil)

// New makes a driver for one agent.
func New(o Options) *Driver { return &Driver{o} }

// Target implements volume.Driver.
func (*Driver) Target() string { return "local" }

// resource is spotgrid:local:Volume of the provider.
type resource struct {
	pulumi.CustomResourceState
	Path pulumi.StringOutput `pulumi:"path"`
	URL  pulumi.StringOutput `pulumi:"url"`
}

// Build implements volume.Driver. Each volume is a folder of its own below
// Options.Path.
func (d *Driver) Build(ctx *pulumi.Context, name string, _ volume.Args, parent pulumi.ResourceOption) (*volume.Binding, error) {
	r := &resource{}
	in := pulumi.Map{
		"directory": d.options.Directory, "name": pulumi.String(name),
		"path": pulumi.String(filepath.Join(d.options.Path, name)),
	}
	if err := ctx.RegisterResource("spotgrid:local:Volume", naming.Child(name, "folder"), in, r, parent); err != nil {
		return nil, err
	}
	return &volume.Binding{URL: r.URL, ID: r.Path}, nil
}
