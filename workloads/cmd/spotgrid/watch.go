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
)

const (
	watchEvery = 300 * time.Millisecond
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
	told     string
}

func (w *watcher) follow(ctx context.Context) error {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	w.lastMove = time.Now()
	for {
		before := w.p.finished()
		w.p.refresh()
		now := time.Now()
		if w.p.finished() != before {
			w.lastMove = now
		}
		w.rate.add(now, w.p.finished())
		w.display.show(w.p, w.rate.perSecond())
		if len(w.p.open) == 0 {
			return nil
		}
		if now.Sub(w.lastMove) > stillAfter {
			w.lastMove = now
			w.explain(ctx)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

// explain says once why nothing happens, where that can be told.
func (w *watcher) explain(ctx context.Context) {
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
	if err != nil {
		w.tell(hint(w.open.grid, err).Error())
		return
	}
	if stats.Ready+stats.Leased > 0 {
		return // it is only slow
	}
	if err := w.p.closeGivenUp(ctx, w.open); err != nil {
		w.tell(hint(w.open.grid, err).Error())
	} else if n := len(w.p.open); n > 0 {
		w.tell(fmt.Sprintf("%s of the batch are not on the queue: the submission was cut off; complete it with: spotgrid submit --resume %s", count(n, "job"), w.p.batch.ID))
	}
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
