package main

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Queue is a job queue on the agent's server.
type Queue struct{}

// QueueArgs are what a user declares of a queue.
type QueueArgs struct {
	Directory      string `pulumi:"directory"`
	Server         string `pulumi:"server"`
	Name           string `pulumi:"name"`
	LeaseSeconds   int    `pulumi:"leaseSeconds"`
	MaxDeliveries  int    `pulumi:"maxDeliveries"`
	RetentionHours int    `pulumi:"retentionHours"`
	DeadLetter     string `pulumi:"deadLetter,optional"`
}

// QueueState is a queue as it is.
type QueueState struct {
	QueueArgs
	URL string `pulumi:"url"`
}

// Annotate describes the resource in the provider's schema.
func (q *Queue) Annotate(d infer.Annotator) {
	d.Describe(&q, "A durable job queue with leases and a dead-letter queue.")
	d.SetToken("local", "Queue")
}

// Annotate describes the properties.
func (a *QueueArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Directory, "Directory of the agent that keeps it.")
	d.Describe(&a.Server, "The agent's queue server; the queue's URL follows it.")
	d.Describe(&a.Name, "Name of the queue on its server.")
	d.Describe(&a.LeaseSeconds, "How long a received job stays hidden, in seconds.")
	d.Describe(&a.MaxDeliveries, "Deliveries after which a job goes to the dead-letter queue; 0: no limit.")
	d.Describe(&a.RetentionHours, "How long a job is kept, in hours.")
	d.Describe(&a.DeadLetter, "Name of the dead-letter queue.")
}

func (a QueueArgs) agent() string { return a.Directory }
func (a QueueArgs) kind() string  { return "queues" }
func (a QueueArgs) name() string  { return a.Name }

func (a QueueArgs) declared() api.Queue {
	return api.Queue{
		Name: a.Name, LeaseSeconds: a.LeaseSeconds, MaxDeliveries: a.MaxDeliveries,
		RetentionHours: a.RetentionHours, DeadLetter: a.DeadLetter,
	}
}

func (a QueueArgs) put(ctx context.Context) (QueueState, error) {
	c, _, err := connect(ctx, a.Directory)
	if err != nil {
		return QueueState{QueueArgs: a}, err
	}
	s, err := c.PutQueue(ctx, a.declared())
	return QueueState{QueueArgs: a, URL: s.URL}, err
}

// Create declares the queue.
func (*Queue) Create(ctx context.Context, req infer.CreateRequest[QueueArgs]) (infer.CreateResponse[QueueState], error) {
	out := infer.CreateResponse[QueueState]{ID: id(req.Inputs), Output: QueueState{QueueArgs: req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Diff says what changed; another name is another queue.
func (*Queue) Diff(_ context.Context, req infer.DiffRequest[QueueArgs, QueueState]) (infer.DiffResponse, error) {
	return compare(req.State.QueueArgs, req.Inputs, "directory", "name").response(false), nil
}

// Update changes the queue in place; no job is lost.
func (*Queue) Update(ctx context.Context, req infer.UpdateRequest[QueueArgs, QueueState]) (infer.UpdateResponse[QueueState], error) {
	out := infer.UpdateResponse[QueueState]{Output: QueueState{QueueArgs: req.Inputs, URL: req.State.URL}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Read looks at the queue.
func (*Queue) Read(ctx context.Context, req infer.ReadRequest[QueueArgs, QueueState]) (infer.ReadResponse[QueueArgs, QueueState], error) {
	out := infer.ReadResponse[QueueArgs, QueueState](req) // as it was last seen
	s, known, err := look(ctx, req.State)
	if !known {
		return out, err
	}
	for _, q := range s.Queues {
		if q.Name == req.State.Name {
			a := &out.State
			a.LeaseSeconds, a.MaxDeliveries = q.LeaseSeconds, q.MaxDeliveries
			a.RetentionHours, a.DeadLetter, a.URL = q.RetentionHours, q.DeadLetter, q.URL
			return out, nil
		}
	}
	return infer.ReadResponse[QueueArgs, QueueState]{}, nil
}

// Delete removes the queue with its jobs.
func (*Queue) Delete(ctx context.Context, req infer.DeleteRequest[QueueState]) (infer.DeleteResponse, error) {
	return deleteFrom(ctx, req.State)
}
