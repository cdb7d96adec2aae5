package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// workerLine joins what the target knows of a worker with what the worker says
// of itself on the volume.
type workerLine struct {
	gridstatus.Worker
	Fleet string `json:"fleet"`
	// Doing is idle, busy or draining, starting before the worker has said so,
	// and unknown without the volume.
	Doing       string   `json:"doing"`
	Problem     string   `json:"problem,omitempty"`
	Jobs        []string `json:"jobs"`
	Done        int64    `json:"done"`
	Failed      int64    `json:"failed"`
	MemoryBytes int64    `json:"memory_bytes"`
}

func workersCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "workers", Short: "List the workers and what each is doing",
		Long: `List the workers of every fleet: the processes of a local grid, the instances of
a grid on AWS with their lifecycle states, those of a grid on Google Cloud with
their statuses. What each is doing stands on the grid's volume and is unknown
where that is not mounted.`,
		Args:    args(cobra.NoArgs),
		Example: "  spotgrid workers\n  spotgrid workers --json | jq -r .name",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := g.find(cmd.Context())
			if err != nil {
				return err
			}
			fleets, failed := fleetsOf(cmd.Context(), found)
			if len(fleets) == 0 && failed != nil {
				return failed
			}
			lines, err := g.workerLines(cmd.Context(), cmd.ErrOrStderr(), found, fleets)
			if err != nil {
				return err
			}
			return errors.Join(showWorkers(cmd.OutOrStdout(), g, found, lines), failed)
		},
	}
}

// fleetsOf asks for the fleets only. With an error there may still be some.
func fleetsOf(ctx context.Context, found stack.Grid) ([]gridstatus.Fleet, error) {
	source, err := statusSource(ctx, found)
	if err != nil {
		return nil, err
	}
	if c, ok := source.(*gridstatus.Cloud); ok {
		return c.Fleets.Fleets(ctx, c.Groups)
	}
	s, err := source.Status(ctx)
	if err != nil {
		return nil, err
	}
	return s.Fleets, nil
}

func (g *globals) workerLines(ctx context.Context, problems io.Writer, found stack.Grid, fleets []gridstatus.Fleet) ([]workerLine, error) {
	states, doing, err := g.workerStates(ctx, problems, found)
	if err != nil {
		return nil, err
	}
	var lines []workerLine
	for _, f := range fleets {
		for _, w := range f.Workers {
			l := workerLine{Worker: w, Fleet: f.Name, Doing: doing, Jobs: []string{}}
			for _, st := range states {
				if st.Name == w.Name {
					l.Doing, l.Problem, l.Done, l.Failed, l.MemoryBytes = string(st.State), st.Problem, st.Done, st.Failed, st.MemoryBytes
					l.Jobs = append(l.Jobs, st.Jobs...)
				}
			}
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// workerStates reads what workers say of themselves, and how to call what one
// is doing that has said nothing.
func (g *globals) workerStates(ctx context.Context, problems io.Writer, found stack.Grid) (states []volume.Worker, doing string, err error) {
	v, err := g.openVolume(ctx, found)
	if err != nil {
		if found.Target == targetLocal || g.volumeURL != "" {
			return nil, "", err
		}
		if errors.Is(err, errNoVolume) {
			err = errNoVolume // without what to do about it
		}
		fmt.Fprintln(problems, "spotgrid: what workers are doing is not known here:", err)
		return nil, "unknown", nil
	}
	if states, err = v.Workers(); err != nil {
		fmt.Fprintln(problems, "spotgrid:", err)
	}
	return states, "starting", nil
}

func showWorkers(out io.Writer, g *globals, found stack.Grid, lines []workerLine) error {
	if g.json {
		for _, l := range lines {
			if err := printJSON(out, l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(lines) == 0 {
		fmt.Fprintln(out, "no worker runs; they start when there are jobs")
		return nil
	}
	if found.Target == targetLocal {
		return showProcesses(out, lines)
	}
	return showMachines(out, lines)
}

func showProcesses(out io.Writer, lines []workerLine) error {
	t := newTable(out, "WORKER", "PID", "STATE", "DOING", "DONE", "FAILED", "MEMORY", "UP", "JOBS")
	for _, l := range lines {
		p := l.Process
		t.row(l.Name, strconv.Itoa(p.PID), l.State, l.doing(), number(l.Done), number(l.Failed), mebibytes(l.MemoryBytes), time.Since(p.StartedAt).Round(time.Second).String(), l.jobs())
	}
	return t.flush()
}

func showMachines(out io.Writer, lines []workerLine) error {
	t := newTable(out, "WORKER", "FLEET", "ZONE", "TYPE", "STATE", "PROTECTED", "DOING", "DONE", "FAILED", "JOBS")
	for _, l := range lines {
		m := l.Machine
		state := l.State
		if m.Health != "" && m.Health != "Healthy" {
			state += ", " + m.Health
		}
		protected := "no"
		if m.Protected {
			protected = "yes"
		}
		t.row(l.Name, l.Fleet, m.Zone, m.Type, state, protected, l.doing(), number(l.Done), number(l.Failed), l.jobs())
	}
	return t.flush()
}

func (l workerLine) doing() string {
	if l.Problem == "" {
		return l.Doing
	}
	return l.Doing + " (" + cut(l.Problem, 60) + ")"
}

func (l workerLine) jobs() string {
	switch n := len(l.Jobs); n {
	case 0:
		return ""
	case 1:
		return l.Jobs[0]
	default:
		return fmt.Sprintf("%s and %d more", l.Jobs[0], n-1)
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
