package main

import (
	"context"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// globals are the flags of every command.
type globals struct {
	stack    string
	gridFile string
	json     bool
}

// find says where the grid is.
func (g *globals) find(ctx context.Context) (stack.Grid, error) {
	if g.gridFile != "" {
		return stack.ReadOutputs(g.gridFile)
	}
	s, err := g.project()
	if err != nil {
		return stack.Grid{}, err
	}
	return s.Outputs(ctx)
}

// project finds the stack in the project's folder.
func (g *globals) project() (stack.Stack, error) {
	root, err := stack.FindProject(".")
	if err != nil {
		return stack.Stack{}, err
	}
	s, err := stack.New(root, g.stack)
	if err != nil {
		return stack.Stack{}, usageError{err}
	}
	return s, nil
}

// volume opens the grid's volume.
func (g *globals) volume(ctx context.Context) (*volume.Volume, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, err
	}
	return volume.Open(found.VolumeURL)
}

// session is an open grid.
type session struct {
	grid   stack.Grid
	volume *volume.Volume
	jobs   *queue.Queue
	dead   *queue.Queue
}

// open connects to the grid's queues and its volume.
func (g *globals) open(ctx context.Context) (*session, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{grid: found}
	if s.volume, err = volume.Open(found.VolumeURL); err != nil {
		return nil, err
	}
	if s.jobs, err = openQueue(ctx, found.QueueURL); err != nil {
		return nil, hint(err)
	}
	if s.dead, err = openQueue(ctx, found.DeadLetterURL); err != nil {
		s.jobs.Close()
		return nil, hint(err)
	}
	return s, nil
}

// close lets go of the connections; what was sent is durable by then.
func (s *session) close() {
	s.jobs.Close()
	s.dead.Close()
}

func openQueue(ctx context.Context, url string) (*queue.Queue, error) {
	return queue.Open(ctx, url, queue.Openers{"nats": nats.Open})
}

// hint says what to do about a grid that does not answer.
func hint(err error) error {
	if k := queue.KindOf(err); k == queue.KindUnavailable || k == queue.KindNotFound {
		return fmt.Errorf("%w: the grid's agent does not run or was rebuilt; `make up` mends it and loses nothing", err)
	}
	return err
}

// agent finds the agent of a local grid.
func (g *globals) agent(ctx context.Context) (*api.Client, *api.Status, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, nil, err
	}
	return agentOf(ctx, found)
}

func agentOf(ctx context.Context, found stack.Grid) (*api.Client, *api.Status, error) {
	dir := found.Control["agentDirectory"]
	if dir == "" {
		return nil, nil, usageError{fmt.Errorf("the grid's target is %s, which has no agent: this works on target local only", found.Target)}
	}
	c, s, err := launch.Find(ctx, launch.Directory(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: `make up` starts it again; jobs and results are on disk", err)
	}
	return c, s, nil
}
