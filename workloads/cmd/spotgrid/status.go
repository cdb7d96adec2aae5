package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	statusagent "github.com/spotgrid/spotgrid/workloads/gridstatus/agent"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/asg"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

const statusHelp = `Show how the grid is doing: its queues with the jobs that wait and those that
workers hold, its fleets, its functions, and of a local grid its agent. What
cannot be asked is left out, and the error says why.

On AWS this needs the permissions sqs:GetQueueAttributes and
autoscaling:DescribeAutoScalingGroups; counts of queues lag by up to a minute.`

func statusCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the grid: queues, fleets, functions", Long: statusHelp, Args: args(cobra.NoArgs),
		Example: "  spotgrid status\n  spotgrid status --stack aws-dev\n  spotgrid status --json | jq .fleets",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := g.find(cmd.Context())
			if err != nil {
				return err
			}
			source, err := statusSource(cmd.Context(), found)
			if err != nil {
				return err
			}
			s, err := source.Status(cmd.Context())
			if s == nil {
				return err
			}
			return errors.Join(g.showStatus(cmd.OutOrStdout(), s), err)
		},
	}
}

// statusSource is the driver of the grid's target.
func statusSource(ctx context.Context, found stack.Grid) (gridstatus.Source, error) {
	switch found.Target {
	case targetLocal:
		client, _, err := agentOf(ctx, found)
		if err != nil {
			return nil, err
		}
		return statusagent.Source{Client: client}, nil
	case targetAWS:
		fleets, err := asg.New(ctx, found.Control["region"])
		if err != nil {
			return nil, err
		}
		return &gridstatus.Cloud{
			Target: found.Target, VolumeURL: found.VolumeURL, Groups: found.Fleets, Functions: found.Functions, Fleets: fleets,
			Queues: map[string]string{"jobs": found.QueueURL, "dead letters": found.DeadLetterURL},
			OpenQueue: func(ctx context.Context, url string) (*queue.Queue, error) {
				q, err := openQueue(ctx, url)
				return q, hint(found, err)
			},
		}, nil
	}
	return nil, noSuchTarget(found)
}

func (g *globals) showStatus(out io.Writer, s *gridstatus.Status) error {
	if g.json {
		return printJSON(out, s)
	}
	return showStatus(out, g.name(), s)
}

// name is what the user calls the grid.
func (g *globals) name() string {
	if g.gridFile != "" {
		return g.gridFile
	}
	return g.stack
}

func showStatus(out io.Writer, name string, s *gridstatus.Status) error {
	if s.Agent != nil {
		fmt.Fprintf(out, "grid %s: agent runs as process %d since %s\n", name, s.Agent.PID, s.Agent.StartedAt.Local().Format(time.DateTime))
	} else {
		fmt.Fprintf(out, "grid %s on %s\n", name, s.Target)
	}
	if s.Problem != "" {
		fmt.Fprintf(out, "PROBLEM: %s\n", s.Problem)
	}
	t := newTable(out, "", "NAME", "STATE")
	for _, q := range s.Queues {
		t.row("queue", q.Name, fmt.Sprintf("%d waiting, %d held by workers; lease %d s", q.Ready, q.Leased, q.LeaseSeconds))
	}
	for _, v := range s.Volumes {
		t.row("volume", v.Name, v.Path)
	}
	for _, f := range s.Fleets {
		t.row("fleet", f.Name, fleetState(f))
	}
	for _, f := range s.Functions {
		state := f.ID
		if f.Calls != nil {
			state = fmt.Sprintf("%d instances, %d calls, %d errors", f.Calls.Instances, f.Calls.Calls, f.Calls.Errors)
		}
		t.row("function", f.Name, state)
	}
	return t.flush()
}

func fleetState(f gridstatus.Fleet) string {
	state := fmt.Sprintf("%d of %d workers (%d..%d)", f.InService, f.Desired, f.MinWorkers, f.MaxWorkers)
	if others := len(f.Workers) - f.InService; others > 0 {
		state += fmt.Sprintf(", %d coming or going", others)
	}
	if f.Group != "" {
		state += "; group " + f.Group
	}
	if f.Problem != "" {
		state += "; last failure: " + cut(f.Problem, 100)
	}
	return state
}
