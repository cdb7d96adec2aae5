// Package fleet is a number of interruptible workers that follows the backlog
// of a queue, on any target.
package fleet

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:fleet:Fleet"

// Args are what every target honours with one meaning.
type Args struct {
	// Worker is the program that every worker runs.
	Worker artifact.Program
	// MinWorkers and MaxWorkers bound the number of workers. A minimum of 0
	// costs nothing while there is no work.
	MinWorkers, MaxWorkers int
	// JobsPerWorker is how many waiting and running jobs one worker is started
	// for.
	JobsPerWorker int
	// Slots is how many jobs one worker runs at a time.
	Slots int
	// DrainSeconds is how long a worker that is stopped may finish its jobs.
	DrainSeconds int
	// IdleSeconds is how long a worker stays without need.
	IdleSeconds int
	// Queue is what the workers take jobs from and whose backlog counts.
	Queue queue.Binding
	// Volume is what the workers share.
	Volume volume.Binding
	// Environment is what the workers are told.
	Environment pulumi.StringMap
}

// Fleet is a number of workers.
type Fleet struct {
	pulumi.ResourceState
	Binding
}

// New declares a fleet. All faults of the arguments and of the driver's options
// come in one error, before anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Fleet, error) {
	if err := errors.Join(naming.Check("fleet", name), a.check(d.Caps()), d.Check(a)); err != nil {
		return nil, fmt.Errorf("fleet %q on %s: %w", name, d.Target(), err)
	}
	f := &Fleet{}
	in := pulumi.Map{
		"target": pulumi.String(d.Target()), "workerSha256": pulumi.String(a.Worker.SHA256),
		"minWorkers": pulumi.Int(a.MinWorkers), "maxWorkers": pulumi.Int(a.MaxWorkers),
		"jobsPerWorker": pulumi.Int(a.JobsPerWorker), "slots": pulumi.Int(a.Slots),
		"drainSeconds": pulumi.Int(a.DrainSeconds), "idleSeconds": pulumi.Int(a.IdleSeconds),
	}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, f, opts...); err != nil {
		return nil, fmt.Errorf("registering fleet %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("fleet %q on %s: %w", name, d.Target(), err)
	}
	f.Binding = *b
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"id": b.ID})
}

func (a Args) check(c Caps) error {
	var f limits.Faults
	f.Between("minWorkers", a.MinWorkers, 0, c.MaxWorkers)
	f.Between("maxWorkers", a.MaxWorkers, max(1, a.MinWorkers), c.MaxWorkers)
	f.Between("jobsPerWorker", a.JobsPerWorker, 1, 1_000_000)
	f.Between("slots", a.Slots, 1, c.MaxSlots)
	f.Between("drainSeconds", a.DrainSeconds, 0, c.MaxDrainSeconds)
	f.Between("idleSeconds", a.IdleSeconds, 0, 24*3600)
	if a.Worker.SHA256 == "" {
		f.Addf("worker is not given, want a built program")
	}
	if a.Queue.ID.OutputState == nil {
		f.Addf("queue is not given, want the one whose backlog counts")
	}
	if a.Volume.ID.OutputState == nil {
		f.Addf("volume is not given, want the one that the workers share")
	}
	return f.Err()
}
