package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// jobStates are what --state takes.
var jobStates = []string{"queued", "running", "done", "dead"}

func jobsCommand(g *globals) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use: "jobs [BATCH]", Short: "List batches, or the jobs of one",
		Long: `Without an argument, list the batches and how far they are. With a batch, list
its jobs and the state of each: queued, running, done or dead.`,
		Example: "  spotgrid jobs\n  spotgrid jobs nightly-7 --state dead",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if state != "" && !slices.Contains(jobStates, state) {
				return usageError{fmt.Errorf("--state is %q, want one of %s", state, strings.Join(jobStates, ", "))}
			}
			v, err := g.volume(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return listBatches(cmd, g, v)
			}
			return listJobs(cmd, g, v, args[0], state)
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only jobs in this state: "+strings.Join(jobStates, ", "))
	return cmd
}

func listBatches(cmd *cobra.Command, g *globals, v *volume.Volume) error {
	batches, err := v.Batches()
	if len(batches) == 0 {
		return err
	}
	out := cmd.OutOrStdout()
	t := newTable(tableOut(g, out), "BATCH", "SUBMITTED", "JOBS", "DONE", "DEAD", "OPEN")
	for _, b := range batches {
		p, err := loadProgress(v, b.ID)
		if err != nil {
			return err
		}
		p.refresh()
		if g.json {
			if err := printJSON(out, map[string]any{"batch": b.ID, "submitted_at": b.SubmittedAt, "jobs": b.Jobs, "done": p.done, "dead": p.dead, "open": len(p.open)}); err != nil {
				return err
			}
		}
		t.row(b.ID, b.SubmittedAt.Local().Format("2006-01-02 15:04:05"), strconv.Itoa(b.Jobs), strconv.Itoa(p.done), strconv.Itoa(p.dead), strconv.Itoa(len(p.open)))
	}
	return errors.Join(t.flush(), err)
}

// tableOut is where a table goes: nowhere if JSON was asked for.
func tableOut(g *globals, out io.Writer) io.Writer {
	if g.json {
		return io.Discard
	}
	return out
}

// jobLine is a job as it is listed.
type jobLine struct {
	ID       string `json:"id"`
	Batch    string `json:"batch"`
	Kind     string `json:"kind"`
	State    string `json:"state"`
	Attempts int    `json:"attempts"`
	Worker   string `json:"worker,omitempty"`
	Note     string `json:"note,omitempty"`
}

func listJobs(cmd *cobra.Command, g *globals, v *volume.Volume, batch, state string) error {
	p, err := loadProgress(v, batch)
	if err != nil {
		return err
	}
	running := runningJobs(v)
	out := cmd.OutOrStdout()
	t := newTable(tableOut(g, out), "JOB", "KIND", "STATE", "TRIES", "WORKER", "NOTE")
	for _, j := range p.jobs {
		l := jobLine{ID: j.ID, Batch: batch, Kind: j.Kind}
		if err := l.look(v, running); err != nil {
			l.Note = err.Error()
		}
		if state != "" && l.State != state {
			continue
		}
		if g.json {
			if err := printJSON(out, l); err != nil {
				return err
			}
		}
		t.row(l.ID, l.Kind, l.State, strconv.Itoa(l.Attempts), l.Worker, cut(l.Note, 80))
	}
	return t.flush()
}

// look finds out what became of the job.
func (l *jobLine) look(v *volume.Volume, running map[string]string) error {
	r, err := v.Result(l.ID)
	if err == nil {
		l.State, l.Attempts, l.Worker = "done", len(r.Attempts), r.Worker
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if r, err := v.Dead(l.ID); err == nil {
		l.State, l.Attempts, l.Worker, l.Note = "dead", len(r.Attempts), r.Worker, r.Cause
		return nil
	}
	l.State = "queued"
	attempts, err := v.Attempts(l.ID)
	if l.Attempts = len(attempts); l.Attempts > 0 {
		last := attempts[len(attempts)-1]
		l.Note = fmt.Sprintf("last attempt %s: %s", last.Outcome, last.Cause)
	}
	if worker, ok := running[l.ID]; ok {
		l.State, l.Worker, l.Attempts = "running", worker, l.Attempts+1
	}
	return err
}

// runningJobs maps jobs to the workers that say they run them.
func runningJobs(v *volume.Volume) map[string]string {
	workers, _ := v.Workers() // a broken file costs one worker's jobs their state
	running := map[string]string{}
	for _, w := range workers {
		for _, id := range w.Jobs {
			running[id] = w.Name
		}
	}
	return running
}
