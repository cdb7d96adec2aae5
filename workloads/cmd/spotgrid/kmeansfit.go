package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/kmeans/onqueue"
)

const kmeansFitHelp = `Group the points of one file with all of a grid's workers. The file is CSV, a
point in each line, with or without a header, or a matrix as NumPy saves it
(.npy). It is cut into --chunks; in each iteration every chunk is a job that
finds the nearest centre of each of its points, and this command moves the
centres. The first ones are chosen here, by k-means++ over all points, while the
chunks are written.

The same command goes on from the last finished iteration when it was killed, and
shows the result again when the fit was finished. Labels and centres are files
below the grid's files. They are the same, bit for bit, whichever workers did
the work and however often one was taken away.`

// chunksFlags are the options of a fit on a grid, beside those of any fit.
type chunksFlags struct {
	chunks, timeoutSeconds int
	fresh                  bool
}

func kmeansFitCommand(g *globals) *cobra.Command {
	fit, on := &fitFlags{}, &chunksFlags{}
	cmd := &cobra.Command{
		Use: "fit FILE", Short: "Fit one file's points with all workers", Long: kmeansFitHelp,
		Example: `  spotgrid kmeans fit points.csv --clusters 64 --chunks 8
  spotgrid kmeans fit points.npy --clusters 10 --n-init 5 --json | tail -1 | jq .inertia`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := fit.get()
			if err != nil {
				return err
			}
			if on.timeoutSeconds < 0 || on.timeoutSeconds > job.MaxTimeoutSeconds {
				return usageError{fmt.Errorf("--timeout-seconds is %d, want 1..%d", on.timeoutSeconds, job.MaxTimeoutSeconds)}
			}
			open, err := g.open(cmd.Context())
			if err != nil {
				return err
			}
			defer open.close()
			return ofGrid(open, on.run(cmd, g, open, args[0], o))
		},
	}
	fit.add(cmd)
	f := cmd.Flags()
	f.IntVar(&on.chunks, "chunks", 4, "into how many chunks the points are cut: as many workers can share the fit")
	f.IntVar(&on.timeoutSeconds, "timeout-seconds", 0, "how long a chunk's job may take (default 900)")
	f.BoolVar(&on.fresh, "fresh", false, "forget what an earlier run of the same command did")
	return cmd
}

func (on *chunksFlags) run(cmd *cobra.Command, g *globals, open *session, name string, o kmeans.Options) error {
	out := cmd.OutOrStdout()
	last := time.Now()
	o.Progress = func(p kmeans.Progress) {
		now := time.Now()
		showIteration(out, g.json, p, now.Sub(last))
		last = now
	}
	f, err := fileFit(cmd.Context(), open, cmd.ErrOrStderr(), name, o, on.chunks)
	if err != nil {
		return err
	}
	defer f.Files.Close()
	f.TimeoutSeconds = on.timeoutSeconds
	if on.fresh {
		if err := f.Forget(); err != nil {
			return err
		}
	}
	f.Grid = &firstRun{Grid: f.Grid, begin: func() {
		showCut(out, g.json, on.chunks, time.Since(last))
		last = time.Now()
	}}
	r, err := f.Fit(cmd.Context())
	if errors.Is(err, context.Canceled) && !g.json {
		fmt.Fprintln(cmd.ErrOrStderr(), "stopped; the same command goes on from the last finished iteration")
	}
	if err != nil {
		return err
	}
	return showFit(out, g.json, open.volume.Path(), r)
}

// firstRun calls begin before the first jobs are sent: what came before was
// reading, cutting and seeding, or finding that it was done.
type firstRun struct {
	kmeans.Grid
	begin func()
	begun bool
}

func (f *firstRun) Run(ctx context.Context, jobs []job.Job) ([]json.RawMessage, error) {
	if !f.begun {
		f.begun = true
		f.begin()
	}
	return f.Grid.Run(ctx, jobs)
}

func showCut(out io.Writer, asJSON bool, chunks int, took time.Duration) {
	if asJSON {
		printJSON(out, map[string]any{"chunks": chunks, "seconds": took.Seconds()})
		return
	}
	fmt.Fprintf(out, "%s ready, %s\n", count(chunks, "chunk"), seconds(took.Seconds()))
}

func showIteration(out io.Writer, asJSON bool, p kmeans.Progress, took time.Duration) {
	if asJSON {
		printJSON(out, map[string]any{"restart": p.Restart, "iteration": p.Iteration, "inertia": p.Inertia, "shift": p.Shift, "seconds": took.Seconds()})
		return
	}
	fmt.Fprintf(out, "restart %d, iteration %d: inertia %.6g, moved %.3g, %s\n", p.Restart, p.Iteration, p.Inertia, p.Shift, seconds(took.Seconds()))
}

func showFit(out io.Writer, asJSON bool, volume string, r kmeans.GridResult) error {
	if asJSON {
		return printJSON(out, r)
	}
	how := "converged"
	if !r.Converged {
		how = "not converged"
	}
	fmt.Fprintf(out, "%d×%d in %s: inertia %.9g after %s, %s (%s)\n", r.Points, r.Features, count(r.Clusters, "cluster"), r.Inertia, count(r.Iterations, "iteration"), how, r.Algorithm)
	if r.Resumed > 0 {
		fmt.Fprintf(out, "went on from iteration %d of an earlier run\n", r.Resumed)
	}
	_, err := fmt.Fprintf(out, "labels:  %s/files/%s\ncentres: %s/files/%s\n", volume, r.Labels, volume, r.Centers)
	return err
}

// kmeansGrid sends a fit's jobs to the grid, and says what keeps it from
// working when nothing happens for long.
func kmeansGrid(ctx context.Context, open *session, problems io.Writer) kmeans.Grid {
	s := &stillness{open: open, problems: problems, moved: time.Now()}
	return onqueue.Grid{Queue: open.jobs, Volume: open.volume, Waiting: func(left, _ int) { s.look(ctx, left) }}
}

// stillness notices that no job ends, and asks the agent of a local grid why.
type stillness struct {
	open     *session
	problems io.Writer
	moved    time.Time
	left     int
	told     string
}

func (s *stillness) look(ctx context.Context, left int) {
	now := time.Now()
	if left != s.left {
		s.left, s.moved = left, now
		return
	}
	if now.Sub(s.moved) < stillAfter || s.open.grid.Target != targetLocal {
		return
	}
	s.moved = now
	trouble := ""
	if _, status, err := agentOf(ctx, s.open.grid); err != nil {
		trouble = err.Error()
	} else {
		trouble = troubleOf(status)
	}
	if trouble != "" && trouble != s.told {
		s.told = trouble
		fmt.Fprintf(s.problems, "spotgrid: waiting: %s\n", trouble)
	}
}
