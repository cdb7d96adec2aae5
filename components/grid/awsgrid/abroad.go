package awsgrid

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// abroad takes away what only holds at home: rights on the queue, the volume's
// mount and scaling by the queue's metrics.
func abroad(o asgfleet.Options, a *Abroad) asgfleet.Options {
	o.WithoutScaling, o.Files = true, a.Files
	o.Grants = func(fleet.Args) ([]policydoc.Statement, error) { return nil, nil }
	o.Mount = func(fleet.Args) (asgfleet.Mount, error) { return asgfleet.Mount{}, nil }
	return o
}

// placedFleet is the driver of a fleet whose workers are told where they are.
type placedFleet struct {
	*asgfleet.Driver
	name string // in the settings
	told pulumi.StringMap
	// abroad takes what the fleet is made of; nil: it works for a grid here.
	abroad *Abroad
}

var _ fleet.Driver = (*placedFleet)(nil)

// Build implements fleet.Driver.
func (f *placedFleet) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	environment := maps.Clone(a.Environment)
	maps.Copy(environment, f.told)
	a.Environment = environment
	b, err := f.Driver.Build(ctx, name, a, parent)
	if err != nil || f.abroad == nil {
		return b, err
	}
	built, ok := f.Driver.Built(name)
	if !ok {
		return nil, fmt.Errorf("fleet %q was not built", name)
	}
	f.abroad.Built(f.name, a, built)
	return b, nil
}
