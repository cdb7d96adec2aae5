package grid

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/watch"
)

// Target is a place where a whole grid can stand.
type Target interface {
	// Name is what settings call it, such as "local".
	Name() string
	// Options are given to the grid's component, such as the target's own
	// provider, which everything below then uses.
	Options(ctx *pulumi.Context) ([]pulumi.ResourceOption, error)
	// Prepare registers what the parts of the grid stand on, below parent, and
	// returns a driver for each of them.
	Prepare(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*Drivers, error)
}

// Drivers build the parts of a grid on one target.
type Drivers struct {
	Queue queue.Driver
	// Calls builds the queues that call functions, where they are made of other
	// things than the grid's queue; nil: they are not.
	Calls  queue.Driver
	Volume volume.Driver
	// Fleet gives the driver of a fleet by the fleet's name in the settings:
	// fleets may be made of different machines.
	Fleet    func(name string) (fleet.Driver, error)
	Function function.Driver
	// Control is what the spotgrid command needs beyond the parts' URLs to
	// reach this target.
	Control pulumi.StringMap
	// Watch tells what the grid cannot mend, in each cloud that it stands in, that
	// of its queues first; none: nothing does.
	Watch []watch.Driver
	// Complete registers what looks after the parts, once all are there; nil:
	// nothing does.
	Complete func() error
}

func (d *Drivers) callQueue() queue.Driver {
	if d.Calls != nil {
		return d.Calls
	}
	return d.Queue
}
