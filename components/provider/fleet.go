package main

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Fleet is a number of worker processes that follows the backlog.
type Fleet struct{}

// FleetArgs are what a user declares of a fleet.
type FleetArgs struct {
	Directory     string            `pulumi:"directory"`
	Name          string            `pulumi:"name"`
	Binary        string            `pulumi:"binary"`
	BinarySHA256  string            `pulumi:"binarySha256"`
	MinWorkers    int               `pulumi:"minWorkers"`
	MaxWorkers    int               `pulumi:"maxWorkers"`
	JobsPerWorker int               `pulumi:"jobsPerWorker"`
	Slots         int               `pulumi:"slots"`
	DrainSeconds  int               `pulumi:"drainSeconds"`
	IdleSeconds   int               `pulumi:"idleSeconds"`
	Queue         string            `pulumi:"queue"`
	Environment   map[string]string `pulumi:"environment,optional"`
}

// FleetState is a fleet as it is.
type FleetState struct {
	FleetArgs
}

// Annotate describes the resource in the provider's schema.
func (f *Fleet) Annotate(d infer.Annotator) {
	d.Describe(&f, "Worker processes, as many as the backlog of their queue asks for, between a minimum and a maximum.")
	d.SetToken("local", "Fleet")
}

// Annotate describes the properties.
func (a *FleetArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Directory, "Directory of the agent that runs it.")
	d.Describe(&a.Name, "Name of the fleet; workers are named after it.")
	d.Describe(&a.Binary, "Path of the worker program.")
	d.Describe(&a.BinarySHA256, "SHA-256 of the worker program, in hex.")
	d.Describe(&a.MinWorkers, "Fewest workers, 0 or more.")
	d.Describe(&a.MaxWorkers, "Most workers.")
	d.Describe(&a.JobsPerWorker, "Waiting and running jobs that one worker is started for.")
	d.Describe(&a.Slots, "Jobs that one worker runs at a time.")
	d.Describe(&a.DrainSeconds, "How long a stopped worker may finish its jobs, in seconds.")
	d.Describe(&a.IdleSeconds, "How long a worker stays without need, in seconds.")
	d.Describe(&a.Queue, "Name of the queue whose backlog counts.")
	d.Describe(&a.Environment, "Environment of the workers.")
}

func (a FleetArgs) agent() string { return a.Directory }
func (a FleetArgs) kind() string  { return "fleets" }
func (a FleetArgs) name() string  { return a.Name }

func (a FleetArgs) put(ctx context.Context) (FleetState, error) {
	c, _, err := connect(ctx, a.Directory)
	if err != nil {
		return FleetState{a}, err
	}
	_, err = c.PutFleet(ctx, api.Fleet{
		Name: a.Name, Binary: a.Binary, BinarySHA256: a.BinarySHA256,
		MinWorkers: a.MinWorkers, MaxWorkers: a.MaxWorkers, JobsPerWorker: a.JobsPerWorker,
		Slots: a.Slots, DrainSeconds: a.DrainSeconds, IdleSeconds: a.IdleSeconds,
		Queue: a.Queue, Environment: a.Environment,
	})
	return FleetState{a}, err
}

// Create declares the fleet; its workers start by themselves.
func (*Fleet) Create(ctx context.Context, req infer.CreateRequest[FleetArgs]) (infer.CreateResponse[FleetState], error) {
	out := infer.CreateResponse[FleetState]{ID: id(req.Inputs), Output: FleetState{req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Diff says what changed; only another name is another fleet.
func (*Fleet) Diff(_ context.Context, req infer.DiffRequest[FleetArgs, FleetState]) (infer.DiffResponse, error) {
	diff := compare(req.State.FleetArgs, req.Inputs, "directory", "name")
	// Where the program was built says nothing; its hash does.
	delete(diff, "binary")
	return diff.response(false), nil
}

// Update changes the fleet in place: workers of another program or environment
// are replaced one by one, drained first.
func (*Fleet) Update(ctx context.Context, req infer.UpdateRequest[FleetArgs, FleetState]) (infer.UpdateResponse[FleetState], error) {
	out := infer.UpdateResponse[FleetState]{Output: FleetState{req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Read looks at the fleet's declaration.
func (*Fleet) Read(ctx context.Context, req infer.ReadRequest[FleetArgs, FleetState]) (infer.ReadResponse[FleetArgs, FleetState], error) {
	out := infer.ReadResponse[FleetArgs, FleetState](req) // as it was last seen
	s, known, err := look(ctx, req.State)
	if !known {
		return out, err
	}
	for _, f := range s.Fleets {
		if f.Name == req.State.Name {
			a := &out.State
			a.BinarySHA256, a.MinWorkers, a.MaxWorkers = f.BinarySHA256, f.MinWorkers, f.MaxWorkers
			a.JobsPerWorker, a.Slots, a.DrainSeconds = f.JobsPerWorker, f.Slots, f.DrainSeconds
			a.IdleSeconds, a.Queue, a.Environment = f.IdleSeconds, f.Queue, f.Environment
			return out, nil
		}
	}
	return infer.ReadResponse[FleetArgs, FleetState]{}, nil
}

// Delete drains the workers and ends the fleet.
func (*Fleet) Delete(ctx context.Context, req infer.DeleteRequest[FleetState]) (infer.DeleteResponse, error) {
	return deleteFrom(ctx, req.State)
}
