package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	statusagent "github.com/spotgrid/spotgrid/workloads/gridstatus/agent"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/asg"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/mig"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

const statusHelp = `Show how the grid is doing: its queues with the jobs that wait and those that
workers hold, its fleets, its functions, and of a local grid its agent. What
cannot be asked is left out, and the error says why.

On AWS this needs the permissions sqs:GetQueueAttributes and
autoscaling:DescribeAutoScalingGroups; counts of queues lag by up to a minute.

On Google Cloud it needs roles/compute.viewer and roles/monitoring.viewer on the
project, and pubsub.subscriptions.get on the queues. Counts of queues are minutes
old there, and jobs that wait and those that run are one number.`

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
		return cloudSource(found, fleets), nil
	case targetGCP:
		fleets, err := mig.New(found.Control["project"])
		if err != nil {
			return nil, err
		}
		return cloudSource(found, fleets), nil
	case targetMulti:
		fleets, err := fleetsOfBoth(ctx, found)
		if err != nil {
			return nil, err
		}
		return cloudSource(found, fleets), nil
	}
	return nil, noSuchTarget(found)
}

// fleetsOfBoth asks each cloud for the fleets that are there.
func fleetsOfBoth(ctx context.Context, found stack.Grid) (gridstatus.Split, error) {
	onAWS, err := asg.New(ctx, found.Control["aws-region"])
	if err != nil {
		return gridstatus.Split{}, err
	}
	onGCP, err := mig.New(found.Control["gcp-project"])
	if err != nil {
		return gridstatus.Split{}, err
	}
	where := map[string]string{}
	for name := range found.Fleets {
		where[name] = found.Control["fleet-"+name]
	}
	return gridstatus.Split{Where: where, Drivers: map[string]gridstatus.FleetDriver{targetAWS: onAWS, targetGCP: onGCP}}, nil
}

func cloudSource(found stack.Grid, fleets gridstatus.FleetDriver) *gridstatus.Cloud {
	return &gridstatus.Cloud{
		Target: found.Target, VolumeURL: found.VolumeURL, Groups: found.Fleets, Functions: found.Functions, Fleets: fleets,
		Queues: queuesOf(found),
		OpenQueue: func(ctx context.Context, url string) (*queue.Queue, error) {
			q, err := openQueue(ctx, url)
			return q, hint(found, err)
		},
	}
}

// queuesOf are the URLs of all queues, by what to call them.
func queuesOf(found stack.Grid) map[string]string {
	all := map[string]string{"jobs": found.QueueURL, "dead letters": found.DeadLetterURL}
	for name, q := range found.Queues {
		all[name], all[name+", dead letters"] = q.URL, q.DeadLetterURL
	}
	return all
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
		t.row("queue", q.Name, queueState(q))
	}
	for _, v := range s.Volumes {
		t.row("volume", v.Name, cmp.Or(v.Path, v.URL))
	}
	for _, f := range s.Fleets {
		t.row("fleet", f.Name, fleetState(f))
		for _, g := range f.Groups {
			t.row("  group", g.Name, groupState(g))
		}
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

// queueState says no more than its service knows.
func queueState(q gridstatus.Queue) string {
	state := fmt.Sprintf("%d waiting, %d held by workers", q.Ready, q.Leased)
	if q.CountedTogether {
		state = fmt.Sprintf("%d waiting or held by workers", q.Ready)
	}
	switch {
	case q.Uncounted:
		state = "not counted yet"
	case q.LagSeconds > 0:
		state = "about " + state + ", as of up to " + lag(q.LagSeconds) + " ago"
	}
	return fmt.Sprintf("%s; lease %d s", state, q.LeaseSeconds)
}

// lag is a time in words, in minutes from two on.
func lag(lagSeconds int) string {
	if lagSeconds < 120 {
		return count(lagSeconds, "second")
	}
	return count((lagSeconds+59)/60, "minute")
}

func fleetState(f gridstatus.Fleet) string {
	state := fmt.Sprintf("%d of %d workers", f.InService, f.Desired)
	if f.MaxWorkers > 0 {
		state += fmt.Sprintf(" (%d..%d)", f.MinWorkers, f.MaxWorkers)
	}
	if others := len(f.Workers) - f.InService; others > 0 && len(f.Groups) == 0 {
		state += fmt.Sprintf(", %d coming or going", others)
	}
	switch {
	case len(f.Groups) > 0:
		state += fmt.Sprintf(" in %s; machines %s-…", count(len(f.Groups), "group"), f.Group)
	case f.Group != "":
		state += "; group " + f.Group
	}
	if f.Problem != "" {
		state += "; last failure: " + cut(f.Problem, 120)
	}
	return state
}

// groupState is a group's, with what its target is about to do: 1 creating.
func groupState(g gridstatus.Group) string {
	state := fmt.Sprintf("%d of %d in %s", g.InService, g.Desired, g.Location)
	for _, action := range slices.Sorted(maps.Keys(g.Changing)) {
		state += fmt.Sprintf(", %d %s", g.Changing[action], strings.ToLower(strings.ReplaceAll(action, "_", " ")))
	}
	return state
}
