// Package localfleet builds fleets of worker processes on this machine.
package localfleet

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Options name the agent.
type Options struct {
	Directory pulumi.StringInput // the agent's
}

// Driver builds local fleets.
type Driver struct{ options Options }

var _ fleet.Driver = (*Driver)(nil)

// New makes a driver for one agent.
func New(o Options) *Driver { return &Driver{o} }

// Target implements fleet.Driver.
func (*Driver) Target() string { return "local" }

// Caps implements fleet.Driver: what the agent accepts.
func (*Driver) Caps() fleet.Caps {
	return fleet.Caps{MaxWorkers: 1000, MaxSlots: 1024, MaxDrainSeconds: 3600}
}

// Check implements fleet.Driver: what Caps says is all that the agent refuses.
func (*Driver) Check(fleet.Args) error { return nil }

// resource is spotgrid:local:Fleet of the provider.
type resource struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
}

// Build implements fleet.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	r := &resource{}
	in := pulumi.Map{
		"directory": d.options.Directory, "name": pulumi.String(name),
		"binary": pulumi.String(a.Worker.Path), "binarySha256": pulumi.String(a.Worker.SHA256),
		"minWorkers": pulumi.Int(a.MinWorkers), "maxWorkers": pulumi.Int(a.MaxWorkers),
		"jobsPerWorker": pulumi.Int(a.JobsPerWorker), "slots": pulumi.Int(a.Slots),
		"drainSeconds": pulumi.Int(a.DrainSeconds), "idleSeconds": pulumi.Int(a.IdleSeconds),
		"queue": a.Queue.ID, "environment": a.Environment,
	}
	if err := ctx.RegisterResource("spotgrid:local:Fleet", naming.Child(name, "workers"), in, r, parent); err != nil {
		return nil, err
	}
	return &fleet.Binding{ID: r.Name}, nil
}
