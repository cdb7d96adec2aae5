package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func statusCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the grid: agent, queues, fleets, functions", Args: args(cobra.NoArgs),
		Example: "  spotgrid status\n  spotgrid status --json | jq .fleets",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, s, err := g.agent(cmd.Context())
			if err != nil {
				return err
			}
			if g.json {
				return printJSON(cmd.OutOrStdout(), s)
			}
			return showStatus(cmd.OutOrStdout(), g.stack, s)
		},
	}
}

func showStatus(out io.Writer, stack string, s *api.Status) error {
	fmt.Fprintf(out, "grid %s: agent runs as process %d since %s\n", stack, s.PID, s.StartedAt.Local().Format(time.DateTime))
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
		state := fmt.Sprintf("%d of %d workers (%d..%d)", len(f.Workers), f.Desired, f.MinWorkers, f.MaxWorkers)
		if f.LastError != "" {
			state += "; last failure: " + cut(f.LastError, 100)
		}
		t.row("fleet", f.Name, state)
	}
	for _, f := range s.Functions {
		t.row("function", f.Name, fmt.Sprintf("%d instances, %d calls, %d errors", f.Instances, f.Calls, f.Errors))
	}
	return t.flush()
}

// workerLine joins what the agent knows of a worker with what the worker says
// of itself on the volume.
type workerLine struct {
	api.Worker
	Fleet       string   `json:"fleet"`
	Doing       string   `json:"doing"`
	Problem     string   `json:"problem,omitempty"`
	Jobs        []string `json:"jobs"`
	Done        int64    `json:"done"`
	Failed      int64    `json:"failed"`
	MemoryBytes int64    `json:"memory_bytes"`
}

func workersCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "workers", Short: "List the workers and what each is doing", Args: args(cobra.NoArgs),
		Example: "  spotgrid workers\n  spotgrid workers --json | jq -r .name",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := g.find(cmd.Context())
			if err != nil {
				return err
			}
			_, s, err := agentOf(cmd.Context(), found)
			if err != nil {
				return err
			}
			lines, err := workerLines(cmd.ErrOrStderr(), found, s)
			if err != nil {
				return err
			}
			return showWorkers(cmd.OutOrStdout(), g, lines)
		},
	}
}

func workerLines(problems io.Writer, found stack.Grid, s *api.Status) ([]workerLine, error) {
	v, err := volume.Open(found.VolumeURL)
	if err != nil {
		return nil, err
	}
	states, err := v.Workers()
	if err != nil {
		fmt.Fprintln(problems, "spotgrid:", err)
	}
	var lines []workerLine
	for _, f := range s.Fleets {
		for _, w := range f.Workers {
			l := workerLine{Worker: w, Fleet: f.Name, Doing: "starting", Jobs: []string{}}
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

func showWorkers(out io.Writer, g *globals, lines []workerLine) error {
	if len(lines) == 0 && !g.json {
		fmt.Fprintln(out, "no worker runs; they start when there are jobs")
		return nil
	}
	t := newTable(tableOut(g, out), "WORKER", "PID", "STATE", "DOING", "DONE", "FAILED", "MEMORY", "UP", "JOBS")
	for _, l := range lines {
		if g.json {
			if err := printJSON(out, l); err != nil {
				return err
			}
		}
		jobs := ""
		if len(l.Jobs) > 0 {
			jobs = l.Jobs[0]
		}
		if len(l.Jobs) > 1 {
			jobs += fmt.Sprintf(" and %d more", len(l.Jobs)-1)
		}
		t.row(l.Name, strconv.Itoa(l.PID), l.State, l.Doing+cutProblem(l.Problem), strconv.FormatInt(l.Done, 10), strconv.FormatInt(l.Failed, 10), mebibytes(l.MemoryBytes), time.Since(l.StartedAt).Round(time.Second).String(), jobs)
	}
	return t.flush()
}

func cutProblem(p string) string {
	if p == "" {
		return ""
	}
	return " (" + cut(p, 60) + ")"
}
