// Package volume is a folder that all workers of a grid share, on any target.
package volume

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:volume:Volume"

// Args are what every target honours with one meaning.
type Args struct {
	// Protect makes `pulumi destroy` refuse to delete the volume and what is
	// on it until it is taken back.
	Protect bool
}

// Volume is a shared folder.
type Volume struct {
	pulumi.ResourceState
	Binding
}

// New declares a volume.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Volume, error) {
	if err := naming.Check("volume", name); err != nil {
		return nil, fmt.Errorf("volume %q on %s: %w", name, d.Target(), err)
	}
	v := &Volume{}
	in := pulumi.Map{"target": pulumi.String(d.Target()), "protect": pulumi.Bool(a.Protect)}
	opts = append(opts, pulumi.Protect(a.Protect))
	if err := ctx.RegisterComponentResourceV2(Type, name, in, v, opts...); err != nil {
		return nil, fmt.Errorf("registering volume %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(v))
	if err != nil {
		return nil, fmt.Errorf("volume %q on %s: %w", name, d.Target(), err)
	}
	v.Binding = *b
	return v, ctx.RegisterResourceOutputs(v, pulumi.Map{"url": b.URL, "id": b.ID})
}
