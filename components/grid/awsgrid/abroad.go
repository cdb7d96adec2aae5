package awsgrid

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// abroadFleet is the driver of a fleet that works for a grid in another cloud.
type abroadFleet struct {
	*asgfleet.Driver
	name   string // in the settings
	abroad *Abroad
}

var _ fleet.Driver = (*abroadFleet)(nil)

// abroad takes away what only holds at home: rights on the queue, the volume's
// mount and scaling by the queue's metrics.
func abroad(name string, o asgfleet.Options, a *Abroad) fleet.Driver {
	o.WithoutScaling, o.Files = true, a.Files
	o.Grants = func(fleet.Args) ([]policydoc.Statement, error) { return nil, nil }
	o.Mount = func(fleet.Args) (asgfleet.Mount, error) { return asgfleet.Mount{}, nil }
	return &abroadFleet{asgfleet.New(o), name, a}
}

// Build implements fleet.Driver.
func (f *abroadFleet) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	environment := maps.Clone(a.Environment)
	maps.Copy(environment, f.abroad.Environment)
	a.Environment = environment
	b, err := f.Driver.Build(ctx, name, a, parent)
	if err != nil {
		return nil, err
	}
	built, ok := f.Driver.Built(name)
	if !ok {
		return nil, fmt.Errorf("fleet %q was not built", name)
	}
	f.abroad.Built(f.name, a, built)
	return b, nil
}
