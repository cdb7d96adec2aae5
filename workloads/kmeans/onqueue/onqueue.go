// Package onqueue runs the jobs of a k-means fit on a grid: it sends them to
// its queue and finds their results on its volume.
package onqueue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	// The volume is looked at after minWait, then ever more seldom, up to maxWait.
	minWait, maxWait = 2 * time.Millisecond, 200 * time.Millisecond
	// stillAfter is how long no job may end before the queue is asked for them.
	stillAfter = 30 * time.Second
	// faultsShown is how many jobs that were given up an error names.
	faultsShown = 5
)

// Grid sends jobs to a queue and waits for their results on a volume. It
// closes neither.
type Grid struct {
	Queue  *queue.Queue
	Volume *volume.Volume
	// Waiting, if set, is told now and then how many of how many jobs are open.
	Waiting func(open, all int)
	// Now is the time; default time.Now.
	Now func() time.Time
}

func (g Grid) now() time.Time {
	if g.Now == nil {
		return time.Now()
	}
	return g.Now()
}

var _ kmeans.Grid = Grid{}

// Run is kmeans.Grid's. Jobs that were given up in an earlier call are sent
// again, with all their attempts to spend anew.
func (g Grid) Run(ctx context.Context, jobs []job.Job) ([]json.RawMessage, error) {
	w := &waiting{grid: g, jobs: jobs, results: make([]json.RawMessage, len(jobs))}
	w.collect()
	if len(w.failed) > 0 {
		return nil, w.failure()
	}
	if err := g.send(ctx, w.open()); err != nil {
		return nil, err
	}
	return w.results, w.wait(ctx)
}

// send sends jobs that have no result. A message of a job that was given up
// has an ID of its own: under the job's, the queue would drop it.
func (g Grid) send(ctx context.Context, jobs []job.Job) error {
	messages := make([]queue.Message, 0, len(jobs))
	for _, j := range jobs {
		id := j.ID
		switch _, err := g.Volume.Dead(j.ID); {
		case err == nil:
			if err := errors.Join(g.Volume.ForgetAttempts(j.ID), g.Volume.RemoveDead(j.ID)); err != nil {
				return err
			}
			id = fmt.Sprintf("%s@%d", j.ID, g.now().UnixNano())
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		j.SubmittedAt = g.now().UTC()
		body, err := job.Encode(j)
		if err != nil {
			return err
		}
		messages = append(messages, queue.Message{ID: id, Body: body})
	}
	return g.Queue.Send(ctx, messages...)
}

// waiting is the state of one Run.
type waiting struct {
	grid    Grid
	jobs    []job.Job
	results []json.RawMessage
	failed  []error
	// moved is when a job ended last, or the queue was asked; wasMissing: it held
	// none.
	moved      time.Time
	wasMissing bool
}

// open are the jobs that have no result.
func (w *waiting) open() []job.Job {
	var open []job.Job
	for i, j := range w.jobs {
		if w.results[i] == nil {
			open = append(open, j)
		}
	}
	return open
}

// collect takes the results that are there and returns how many are not.
func (w *waiting) collect() (open int) {
	for i, j := range w.jobs {
		if w.results[i] != nil {
			continue
		}
		there, err := w.grid.Volume.HasResult(j.ID)
		if err == nil && !there {
			open++
			continue
		}
		var r volume.Record
		if err == nil {
			r, err = w.grid.Volume.Result(j.ID)
		}
		if err != nil {
			w.failed = append(w.failed, err)
			continue
		}
		w.results[i] = r.Result
	}
	return open
}

// givenUp notes the open jobs that were given up.
func (w *waiting) givenUp() {
	for _, j := range w.open() {
		if r, err := w.grid.Volume.Dead(j.ID); err == nil {
			w.failed = append(w.failed, fmt.Errorf("job %q was given up after %d attempts: %s", j.ID, len(r.Attempts), r.Cause))
		}
	}
}

func (w *waiting) failure() error {
	shown := w.failed[:min(len(w.failed), faultsShown)]
	if more := len(w.failed) - len(shown); more > 0 {
		return fmt.Errorf("%w\nand %d more", errors.Join(shown...), more)
	}
	return errors.Join(shown...)
}

// wait waits until every job has a result.
func (w *waiting) wait(ctx context.Context) error {
	pause, open := minWait, len(w.jobs)+1
	w.moved = w.grid.now()
	for {
		left := w.collect()
		w.givenUp()
		if len(w.failed) > 0 {
			return w.failure()
		}
		if w.grid.Waiting != nil {
			w.grid.Waiting(left, len(w.jobs))
		}
		if left == 0 {
			return nil
		}
		if left < open {
			pause, open = minWait, left
			w.moved, w.wasMissing = w.grid.now(), false
		}
		if err := w.lookOnQueue(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d of %d jobs: %w", left, len(w.jobs), context.Cause(ctx))
		case <-time.After(pause):
		}
		pause = min(maxWait, pause*3/2)
	}
}

// lookOnQueue looks, where no job has ended for long, whether the open ones
// are still on the queue. What it says of jobs that left it is believed the
// second time: its numbers may lag behind.
func (w *waiting) lookOnQueue(ctx context.Context) error {
	if w.grid.now().Sub(w.moved) < stillAfter {
		return nil
	}
	w.moved = w.grid.now()
	stats, err := w.grid.Queue.Stats(ctx)
	if err != nil {
		return err
	}
	isMissing := stats.Ready+stats.Leased == 0
	if isMissing && w.wasMissing {
		open := w.open()
		return fmt.Errorf("%d jobs, of which %q is the first, have no result and are not on the queue: look for them with `spotgrid dead list`, or run this again to send them again", len(open), open[0].ID)
	}
	w.wasMissing = isMissing
	return nil
}
