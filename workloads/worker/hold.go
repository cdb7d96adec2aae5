package worker

import (
	"context"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// hold is Queue.Hold, but its heartbeat starts only after holdAfter. A job that
// ends before needs none, and would spend much of its time on it.
func (w *worker) hold(d queue.Delivery) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(w.handlers)
	var mu sync.Mutex
	ended, unhold := false, func() {}
	timer := time.AfterFunc(holdAfter, func() {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return
		}
		var held context.Context
		held, unhold = w.Queue.Hold(w.handlers, d)
		context.AfterFunc(held, func() { cancel(context.Cause(held)) })
	})
	return ctx, func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		ended = true
		unhold()
		cancel(context.Canceled)
	}
}
