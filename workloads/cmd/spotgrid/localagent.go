package main

import (
	"context"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

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
