package worker

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// slots are the places where jobs run.
type slots chan struct{}

func newSlots(n int) slots {
	s := make(slots, n)
	s.give(n)
	return s
}

// take waits for a free slot and takes all that are free, up to most. None
// means that ctx ended.
func (s slots) take(ctx context.Context, most int) int {
	select {
	case <-ctx.Done():
		return 0
	case <-s:
	}
	for n := 1; n < most; n++ {
		select {
		case <-s:
		default:
			return n
		}
	}
	return most
}

func (s slots) give(n int) {
	for range n {
		s <- struct{}{}
	}
}

// receive starts jobs, never more than there are free slots, until ctx ends.
// Only a closed queue is an error.
func (w *worker) receive(ctx context.Context) error {
	failures := 0
	idle := newIdler(w)
	for w.gate.wait(ctx) {
		free := w.slots.take(ctx, w.Queue.Caps().MaxBatch)
		if free == 0 {
			break
		}
		got, err := w.Queue.Receive(ctx, free, receiveWait)
		for _, d := range got { // also beside an error: they are leased to us
			w.start(d)
		}
		w.slots.give(free - len(got))
		idle.received(len(got), err)
		switch {
		case ctx.Err() != nil:
			return nil
		case queue.KindOf(err) == queue.KindClosed:
			return err
		case err != nil:
			failures++
			w.queueFailed(ctx, failures, err)
		case failures > 0:
			failures = 0
			w.Log.Info("the queue is back")
			w.status.setQueueProblem(nil)
		}
		idle.leave(ctx)
	}
	return nil
}

// queueFailed waits, and says so once.
func (w *worker) queueFailed(ctx context.Context, failures int, err error) {
	if failures == 1 {
		w.Log.Error("cannot receive jobs, trying on", "error", err)
		w.status.setQueueProblem(err)
	}
	pause(ctx, backoff(failures, minQueueDelay, maxQueueDelay, w.Rand()))
}

// pause waits; it reports false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
