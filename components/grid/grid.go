// Package grid is a whole compute grid: a queue, a volume, fleets of workers
// that share both, and functions, wired together on one target.
package grid

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/watch"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:grid:Grid"

// OutputVersion is the version of the outputs' shape, for those who read them.
const OutputVersion = 1

// Args of a grid. Queues, fleets and functions go by name.
type Args struct {
	Queue  queue.Args
	Volume volume.Args
	// Queues are more of them, for jobs that only some fleets can do, such as
	// those that need files which only one cloud has.
	Queues map[string]queue.Args
	Fleets map[string]fleet.Args
	// FleetQueues says from which of Queues a fleet takes its jobs; fleets that
	// are not in it take the grid's.
	FleetQueues map[string]string
	Functions   map[string]Function
	// Watch tells what the grid cannot mend by itself; nil: nobody is told. Its
	// queues are the grid's to add.
	Watch *watch.Args
}

// Function is a function of a grid.
type Function struct {
	function.Args
	// Calls is a queue of the function's own, whose messages it is called
	// with; nil: none. Args.Source then says how.
	Calls *queue.Args
}

// Grid is a whole compute grid.
type Grid struct {
	pulumi.ResourceState
	// Outputs are what the spotgrid command reads to find the grid.
	Outputs pulumi.Map
}

// New declares a grid.
func New(ctx *pulumi.Context, name string, t Target, a Args) (*Grid, error) {
	if err := naming.Check("grid", name); err != nil {
		return nil, err
	}
	opts, err := t.Options(ctx)
	if err != nil {
		return nil, fmt.Errorf("grid %q on %s: %w", name, t.Name(), err)
	}
	g := &Grid{}
	in := pulumi.Map{"target": pulumi.String(t.Name())}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, g, opts...); err != nil {
		return nil, fmt.Errorf("registering grid %q: %w", name, err)
	}
	d, err := t.Prepare(ctx, name, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("grid %q on %s: %w", name, t.Name(), err)
	}
	p := &parts{ctx: ctx, name: name, drivers: d, parent: pulumi.Parent(g)}
	if err := p.build(a); err != nil {
		return nil, fmt.Errorf("grid %q: %w", name, err)
	}
	g.Outputs = pulumi.Map{
		"version": pulumi.Int(OutputVersion), "target": pulumi.String(t.Name()),
		"queueUrl": p.queue.URL, "deadLetterUrl": p.queue.DeadLetterURL, "volumeUrl": p.volume.URL,
		"queues": p.more, "fleets": p.fleets, "functions": p.functions, "functionQueues": p.calls, "control": d.Control,
	}
	return g, ctx.RegisterResourceOutputs(g, g.Outputs)
}

// parts are built one after the other, each with what it needs of the others.
type parts struct {
	ctx     *pulumi.Context
	name    string
	drivers *Drivers
	parent  pulumi.ResourceOption

	queue     *queue.Queue
	queues    map[string]*queue.Queue
	more      pulumi.Map // URLs of queues
	volume    *volume.Volume
	fleets    pulumi.StringMap
	functions pulumi.StringMap
	calls     pulumi.StringMap // URLs of the queues that call functions
	// callQueues are those, by their functions.
	callQueues map[string]*queue.Queue
}

func (p *parts) build(a Args) (err error) {
	if p.queue, err = queue.New(p.ctx, naming.Child(p.name, "jobs"), p.drivers.Queue, a.Queue, p.parent); err != nil {
		return err
	}
	if err := p.buildQueues(a.Queues); err != nil {
		return err
	}
	if p.volume, err = volume.New(p.ctx, naming.Child(p.name, "volume"), p.drivers.Volume, a.Volume, p.parent); err != nil {
		return err
	}
	if err := p.buildFleets(a.Fleets, a.FleetQueues); err != nil {
		return err
	}
	if err := p.buildFunctions(a.Functions); err != nil {
		return err
	}
	if err := p.buildWatch(a); err != nil {
		return err
	}
	if p.drivers.Complete == nil {
		return nil
	}
	return p.drivers.Complete()
}

// buildWatch makes a watch in each of the target's clouds. The first is where the
// queues are.
func (p *parts) buildWatch(a Args) error {
	if a.Watch == nil {
		return nil
	}
	for i, d := range p.drivers.Watch {
		args, name := *a.Watch, naming.Child(p.name, "watch")
		if i == 0 {
			args.Queues = p.watched(a)
		} else {
			name = naming.Child(p.name, d.Target()+"-watch")
		}
		if _, err := watch.New(p.ctx, name, d, args, p.parent); err != nil {
			return err
		}
	}
	return nil
}

// watched are all queues whose jobs workers take. A queue that calls a function
// has dead letters too.
func (p *parts) watched(a Args) map[string]watch.Queue {
	all := map[string]watch.Queue{"jobs": {Binding: p.queue.Binding, RetentionHours: a.Queue.RetentionHours}}
	for name, q := range p.queues {
		all[name+"-jobs"] = watch.Queue{Binding: q.Binding, RetentionHours: a.Queues[name].RetentionHours}
	}
	for name, q := range p.callQueues {
		all[name+"-calls"] = watch.Queue{Binding: q.Binding, RetentionHours: a.Functions[name].Calls.RetentionHours}
	}
	return all
}

func (p *parts) buildQueues(queues map[string]queue.Args) (err error) {
	p.queues, p.more = map[string]*queue.Queue{}, pulumi.Map{}
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		q, err := queue.New(p.ctx, naming.Child(p.name, name+"-jobs"), p.drivers.Queue, queues[name], p.parent)
		if err != nil {
			return err
		}
		p.queues[name] = q
		p.more[name] = pulumi.StringMap{"url": q.URL, "deadLetterUrl": q.DeadLetterURL}
	}
	return nil
}

// queueOf is the queue that a fleet takes its jobs from.
func (p *parts) queueOf(fleet string, queues map[string]string) (*queue.Queue, error) {
	name, ok := queues[fleet]
	if !ok {
		return p.queue, nil
	}
	if q, ok := p.queues[name]; ok {
		return q, nil
	}
	return nil, fmt.Errorf("fleet %q takes jobs from queue %q, want one of %q", fleet, name, slices.Sorted(maps.Keys(p.queues)))
}

// buildFleets gives each fleet's workers the addresses they work with.
func (p *parts) buildFleets(fleets map[string]fleet.Args, queues map[string]string) error {
	p.fleets = pulumi.StringMap{}
	for _, name := range slices.Sorted(maps.Keys(fleets)) {
		a := fleets[name]
		q, err := p.queueOf(name, queues)
		if err != nil {
			return err
		}
		a.Queue, a.Volume = q.Binding, p.volume.Binding
		a.Environment = pulumi.StringMap{
			"SPOTGRID_QUEUE_URL":       q.URL,
			"SPOTGRID_DEAD_LETTER_URL": q.DeadLetterURL,
			"SPOTGRID_VOLUME_URL":      p.volume.URL,
		}
		driver, err := p.drivers.Fleet(name)
		if err != nil {
			return fmt.Errorf("fleet %q: %w", name, err)
		}
		f, err := fleet.New(p.ctx, naming.Child(p.name, name), driver, a, p.parent)
		if err != nil {
			return err
		}
		p.fleets[name] = f.ID
	}
	return nil
}

func (p *parts) buildFunctions(functions map[string]Function) error {
	p.functions, p.calls, p.callQueues = pulumi.StringMap{}, pulumi.StringMap{}, map[string]*queue.Queue{}
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		f := functions[name]
		if f.Calls != nil {
			if err := p.buildCalls(name, &f); err != nil {
				return err
			}
		}
		built, err := function.New(p.ctx, naming.Child(p.name, name), p.drivers.Function, f.Args, p.parent)
		if err != nil {
			return err
		}
		p.functions[name] = built.ID
	}
	return nil
}

// buildCalls gives a function its queue.
func (p *parts) buildCalls(name string, f *Function) error {
	calls, err := queue.New(p.ctx, naming.Child(p.name, name+"-calls"), p.drivers.callQueue(), *f.Calls, p.parent)
	if err != nil {
		return err
	}
	source := *f.Source
	source.Queue, source.LeaseSeconds = calls.Binding, f.Calls.LeaseSeconds
	source.MaxDeliveries, source.RetentionHours = f.Calls.MaxDeliveries, f.Calls.RetentionHours
	f.Source, p.calls[name], p.callQueues[name] = &source, calls.URL, calls
	return nil
}
