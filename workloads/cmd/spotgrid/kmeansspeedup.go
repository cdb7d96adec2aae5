package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/durable"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/kmeans/amdahl"
)

const kmeansSpeedupHelp = `Time the same fit with 1, 2, 3 … workers, fit Amdahl's law to the times by least
squares, and tell from it how many workers pay. Without --on-grid the workers are
threads of this machine; with it the points are cut into as many chunks, for as
many workers of the grid, which must have them, each on a machine of its own: a
chunk's job uses all cores. The points are those of FILE, or blobs that are made.

The plot (SVG) shows the speedups that were measured, the law through them, and
what workers that never wait would reach.`

const (
	// maxSpeedupWorkers and maxRepeats bound the time.
	maxSpeedupWorkers = 1024
	maxRepeats        = 100
	// halfUsed is the efficiency up to which workers are said to pay.
	halfUsed = 0.5
)

// speedup is what the flags of the command say.
type speedup struct {
	fit              fitFlags
	upTo, repeats    int
	points, features int
	onGrid           bool
	plot             string
}

func kmeansSpeedupCommand(g *globals) *cobra.Command {
	s := &speedup{}
	cmd := &cobra.Command{
		Use: "speedup [FILE]", Short: "Tell how many workers pay for a fit", Long: kmeansSpeedupHelp,
		Example: `  spotgrid kmeans speedup --clusters 64 --up-to 4
  spotgrid kmeans speedup points.csv --clusters 64 --on-grid --up-to 8 --plot speedup.svg`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := s.fit.get()
			if err == nil {
				err = s.check(len(args))
			}
			if err != nil {
				return err
			}
			return s.run(cmd, g, args, o)
		},
	}
	s.fit.add(cmd)
	f := cmd.Flags()
	f.IntVar(&s.upTo, "up-to", max(2, runtime.GOMAXPROCS(0)), "the most workers to time")
	f.IntVar(&s.repeats, "repeats", 3, "how often to time each number; the shortest counts")
	f.IntVar(&s.points, "points", 200_000, "how many points to make, without FILE")
	f.IntVar(&s.features, "features", 16, "how many features they have")
	f.BoolVar(&s.onGrid, "on-grid", false, "time the grid's workers, with FILE")
	f.StringVar(&s.plot, "plot", "kmeans-speedup.svg", "`file` to draw the plot into; \"\" draws none")
	return cmd
}

// check returns every fault of the flags, joined.
func (s *speedup) check(files int) error {
	var errs []error
	within := func(flag string, v, low, high int) {
		if v < low || v > high {
			errs = append(errs, fmt.Errorf("--%s is %d, want %d..%d", flag, v, low, high))
		}
	}
	within("up-to", s.upTo, 2, maxSpeedupWorkers)
	within("repeats", s.repeats, 1, maxRepeats)
	within("points", s.points, 1, kmeans.MaxValues)
	within("features", s.features, 1, max(1, kmeans.MaxValues/max(1, s.points)))
	if s.onGrid && files == 0 {
		errs = append(errs, errors.New("--on-grid wants FILE"))
	}
	if len(errs) > 0 {
		return usageError{errors.Join(errs...)}
	}
	return nil
}

// timer does the fit once with so many workers.
type timer func(ctx context.Context, workers int) error

func (s *speedup) run(cmd *cobra.Command, g *globals, args []string, o kmeans.Options) error {
	ctx := cmd.Context()
	var fit timer
	if s.onGrid {
		open, err := g.open(ctx)
		if err != nil {
			return err
		}
		defer open.close()
		fit = gridTimer(open, cmd.ErrOrStderr(), args[0], o)
	} else {
		d, err := s.dataset(args, o)
		if err != nil {
			return err
		}
		fit = threadTimer(d, o)
	}
	timings, err := s.measure(ctx, cmd.ErrOrStderr(), fit)
	if err != nil {
		return err
	}
	law, err := amdahl.Fit(timings)
	if err != nil {
		return err
	}
	if err := s.draw(timings, law); err != nil {
		return err
	}
	return s.show(cmd.OutOrStdout(), g.json, timings, law)
}

func (s *speedup) dataset(args []string, o kmeans.Options) (kmeans.Dataset, error) {
	if len(args) > 0 {
		return readPoints(args[0])
	}
	if s.points < o.Clusters {
		return kmeans.Dataset{}, usageError{fmt.Errorf("--clusters is %d, want 1..%d, the number of points", o.Clusters, s.points)}
	}
	return kmeans.MakeBlobs(kmeans.BlobOptions{Points: s.points, Features: s.features, Blobs: o.Clusters, Seed: o.Seed}), nil
}

// threadTimer fits on threads of this machine.
func threadTimer(d kmeans.Dataset, o kmeans.Options) timer {
	return func(ctx context.Context, workers int) error {
		o.Threads = workers
		_, err := kmeans.Fit(ctx, d, o)
		return err
	}
}

// gridTimer fits on workers of the grid, each time anew.
func gridTimer(open *session, problems io.Writer, name string, o kmeans.Options) timer {
	return func(ctx context.Context, workers int) (err error) {
		f, err := fileFit(ctx, open, problems, name, o, workers)
		if err != nil {
			return err
		}
		defer f.Files.Close()
		f.PointsID += ", to time it"
		if err := f.Forget(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Forget()) }()
		_, err = f.Fit(ctx)
		return ofGrid(open, err)
	}
}

// measure times the fit with each number of workers; the shortest of several
// times is the one that was disturbed least.
func (s *speedup) measure(ctx context.Context, progress io.Writer, fit timer) ([]amdahl.Timing, error) {
	var timings []amdahl.Timing
	for workers := 1; workers <= s.upTo; workers++ {
		var shortest time.Duration
		for repeat := range s.repeats {
			begun := time.Now()
			if err := fit(ctx, workers); err != nil {
				return nil, err
			}
			if took := time.Since(begun); repeat == 0 || took < shortest {
				shortest = took
			}
		}
		timings = append(timings, amdahl.Timing{Workers: workers, Seconds: shortest.Seconds()})
		if terminal(progress) {
			fmt.Fprintf(progress, "%s: %s\n", count(workers, "worker"), seconds(shortest.Seconds()))
		}
	}
	return timings, nil
}

func (s *speedup) draw(timings []amdahl.Timing, law amdahl.Law) error {
	if s.plot == "" {
		return nil
	}
	var svg bytes.Buffer
	title := fmt.Sprintf("k-means on 1 to %d threads", s.upTo)
	if s.onGrid {
		title = fmt.Sprintf("k-means on 1 to %d workers of the grid", s.upTo)
	}
	if err := amdahl.WritePlot(&svg, title, timings, law, max(2*s.upTo, 8)); err != nil {
		return err
	}
	return durable.ReplaceFile(s.plot, svg.Bytes())
}

func (s *speedup) show(out io.Writer, asJSON bool, timings []amdahl.Timing, law amdahl.Law) error {
	pays := law.WorkersAt(halfUsed)
	if asJSON {
		return printJSON(out, map[string]any{"timings": timings, "law": law, "half_used_at_workers": pays, "plot": s.plot})
	}
	t := newTable(out, "WORKERS", "TIME", "SPEEDUP", "BY THE LAW", "EACH USED")
	for _, m := range timings {
		up := law.OneWorkerSeconds / m.Seconds
		t.row(fmt.Sprint(m.Workers), seconds(m.Seconds), fmt.Sprintf("%.2f", up), fmt.Sprintf("%.2f", law.Speedup(m.Workers)), fmt.Sprintf("%.0f %%", 100*up/float64(m.Workers)))
	}
	if err := t.flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%.1f %% of the work is serial (times are off the law by %.1f %%): no number of workers is more than\n%.3g times as fast as one, and beyond %d each is used less than half.\n", 100*law.SerialFraction, 100*law.RelativeError, law.MaxSpeedup(), pays)
	if cores := runtime.GOMAXPROCS(0); !s.onGrid && s.upTo > cores {
		fmt.Fprintf(out, "This machine has %s: more threads than that cannot be faster, and count as serial work.\n", count(cores, "core"))
	}
	if s.plot != "" {
		fmt.Fprintln(out, "plot:", s.plot)
	}
	return nil
}
