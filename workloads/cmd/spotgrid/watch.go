package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	watchEvery = 300 * time.Millisecond
	// meteredEvery is for volumes where each look costs money: some 10 µ$, or as
	// much for each thousand jobs that the grid ever had.
	meteredEvery = 5 * time.Second
	// plainEvery is the pace of lines where nobody looks at a bar.
	plainEvery = 2 * time.Second
	// stillAfter is how long nothing may happen before the reason is looked
	// for.
	stillAfter = 5 * time.Second
)

func watchCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "watch [BATCH]", Short: "Watch a batch until it is finished",
		Long: `Show how far a batch is (default: the latest one), how fast it goes and when it
will be finished: a bar on a terminal, plain lines elsewhere, JSON with --json.
Ctrl-C stops watching; the batch goes on.`,
		Example: "  spotgrid watch\n  spotgrid watch nightly-7 --json | jq .done",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			open, err := g.open(cmd.Context())
			if err != nil {
				return err
			}
			defer open.close()
			batch, err := batchArgument(open.volume, args)
			if err != nil {
				return err
			}
			return watchBatch(cmd.Context(), cmd, g, open, batch)
		},
	}
}

func lookEvery(v *volume.Volume) time.Duration {
	if v.IsMetered() {
		return meteredEvery
	}
	return watchEvery
}

// watchBatch follows a batch to its end. The error is errJobs if jobs of it
// were given up.
func watchBatch(ctx context.Context, cmd *cobra.Command, g *globals, open *session, batch string) error {
	p, err := loadProgress(open.volume, batch)
	if err != nil {
		return err
	}
	w := &watcher{p: p, open: open, display: newDisplay(cmd, g, p), problems: cmd.ErrOrStderr()}
	if err := w.follow(ctx); err != nil {
		w.display.end()
		if errors.Is(err, context.Canceled) && !g.json {
			fmt.Fprintf(cmd.ErrOrStderr(), "stopped watching; the batch goes on: spotgrid watch %s\n", batch)
		}
		return err
	}
	w.display.end()
	if p.dead > 0 {
		if !g.json {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s given up; see: spotgrid dead list\n", count(p.dead, "job"))
		}
		return errJobs
	}
	return nil
}

// watcher looks at a batch again and again.
type watcher struct {
	p        *progress
	open     *session
	display  display
	problems io.Writer
	rate     rate
	lastMove time.Time
	empty    emptiness
	told     string
}

func (w *watcher) follow(ctx context.Context) error {
	t := time.NewTicker(lookEvery(w.open.volume))
	defer t.Stop()
	w.lastMove = time.Now()
	for {
		before := w.p.finished()
		w.p.refresh()
		if w.p.problem != nil && ctx.Err() == nil {
			w.tell(w.p.problem.Error())
		}
		now := time.Now()
		if w.p.finished() != before {
			w.lastMove, w.empty = now, emptiness{}
		}
		w.rate.add(now, w.p.finished())
		w.display.show(w.p, w.rate.perSecond())
		if len(w.p.open) == 0 {
			return nil
		}
		if now.Sub(w.lastMove) > stillAfter {
			w.lastMove = now
			w.explain(ctx, now)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

// explain says once why nothing happens, where that can be told.
func (w *watcher) explain(ctx context.Context, now time.Time) {
	if w.open.grid.Target == targetLocal {
		_, s, err := agentOf(ctx, w.open.grid)
		if err != nil {
			w.tell(err.Error())
			return
		}
		if trouble := troubleOf(s); trouble != "" {
			w.tell(trouble)
			return
		}
	}
	stats, err := w.open.jobs.Stats(ctx)
	late := w.open.jobs.Caps().StatsLag
	switch {
	case queue.KindOf(err) == queue.KindUncounted:
		w.empty = emptiness{} // nobody knows
		return
	case err != nil:
		w.tell(hint(w.open.grid, err).Error())
		return
	case !w.empty.sure(stats, late, now):
		if stats.Ready+stats.Leased == 0 { // else it is only slow
			w.tell(fmt.Sprintf("no job is counted on the queue, but its counts may be %s old", lag(int(late.Seconds()))))
		}
		return
	}
	if err := w.p.closeGivenUp(ctx, w.open); err != nil {
		w.tell(hint(w.open.grid, err).Error())
	} else if n := len(w.p.open); n > 0 {
		w.tell(fmt.Sprintf("%s of the batch are not on the queue: the submission was cut off; complete it with: spotgrid submit --resume %s", count(n, "job"), w.p.batch.ID))
	}
}

// emptiness is since when a queue is counted as empty, while nothing happens.
type emptiness struct{ since time.Time }

// sure takes a look at the queue and reports whether it was certainly empty while
// it was looked at: counts may be so late that jobs which were sent before the
// first look are not in the first ones yet.
func (e *emptiness) sure(s queue.Stats, late time.Duration, now time.Time) bool {
	if s.Ready+s.Leased > 0 {
		*e = emptiness{}
		return false
	}
	if e.since.IsZero() {
		e.since = now
	}
	return now.Sub(e.since) >= late
}

func (w *watcher) tell(problem string) {
	if problem != w.told {
		w.told = problem
		fmt.Fprintf(w.problems, "\nspotgrid: waiting: %s\n", problem)
	}
}

// troubleOf says what keeps a local grid from working.
func troubleOf(s *api.Status) string {
	if s.Problem != "" {
		return s.Problem
	}
	for _, f := range s.Fleets {
		if f.LastError != "" && len(f.Workers) == 0 {
			return fmt.Sprintf("the workers of fleet %s do not start: %s", f.Name, f.LastError)
		}
	}
	return ""
}

// display shows progress in one way.
type display interface {
	show(p *progress, perSecond float64)
	end()
}

func newDisplay(cmd *cobra.Command, g *globals, p *progress) display {
	switch out := cmd.OutOrStdout(); {
	case g.json:
		return &jsonDisplay{out: out}
	case terminal(out):
		return newBar(out, p)
	default:
		return &lines{out: out}
	}
}

// bar is for people.
type bar struct {
	out io.Writer
	bar *progressbar.ProgressBar
}

func newBar(out io.Writer, p *progress) *bar {
	return &bar{out, progressbar.NewOptions(len(p.jobs),
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(p.batch.ID),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("jobs"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true),
	)}
}

func (b *bar) show(p *progress, _ float64) {
	if p.dead > 0 {
		b.bar.Describe(fmt.Sprintf("%s (%d given up)", p.batch.ID, p.dead))
	}
	b.bar.Set(p.finished())
}

func (b *bar) end() { fmt.Fprintln(b.out) }

// lines are for logs: one when something changed, at most every plainEvery.
type lines struct {
	out  io.Writer
	last time.Time
	said int
}

func (l *lines) show(p *progress, perSecond float64) {
	now, all := time.Now(), len(p.open) == 0
	if !all && !l.last.IsZero() && (now.Sub(l.last) < plainEvery || p.finished() == l.said) {
		return
	}
	l.last, l.said = now, p.finished()
	eta := "unknown"
	if perSecond > 0 {
		eta = seconds(float64(len(p.open)) / perSecond)
	}
	if all {
		fmt.Fprintf(l.out, "batch %s: finished, %d done, %d given up\n", p.batch.ID, p.done, p.dead)
		return
	}
	fmt.Fprintf(l.out, "batch %s: %d of %d done, %d given up, %.1f jobs/s, left %s\n", p.batch.ID, p.done, len(p.jobs), p.dead, perSecond, eta)
}

func (l *lines) end() {}

// jsonDisplay is for programs: a line for each change.
type jsonDisplay struct {
	out  io.Writer
	last string
}

func (d *jsonDisplay) show(p *progress, perSecond float64) {
	state := fmt.Sprint(p.done, p.dead)
	if state == d.last {
		return
	}
	d.last = state
	v := map[string]any{
		"batch": p.batch.ID, "jobs": len(p.jobs), "done": p.done, "dead": p.dead, "open": len(p.open),
		"jobs_per_second": perSecond, "finished": len(p.open) == 0,
	}
	if perSecond > 0 {
		v["left_seconds"] = float64(len(p.open)) / perSecond
	}
	printJSON(d.out, v)
}

func (d *jsonDisplay) end() {}
