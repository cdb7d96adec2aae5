package queue_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
)

var (
	errAway = errors.New("away")
	errSlow = errors.New("slow down")
	errNo   = errors.New("no")
)

// flaky is a memory queue whose calls fail with the given errors first, nil
// meaning that the call goes through.
type flaky struct {
	*memory.Driver

	mu       sync.Mutex
	failures []error
	calls    int
}

// forever fails more often than anyone tries.
func forever(err error) []error {
	failures := make([]error, 10_000)
	for i := range failures {
		failures[i] = err
	}
	return failures
}

func (f *flaky) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if len(f.failures) == 0 {
		return nil
	}
	err := f.failures[0]
	f.failures = f.failures[1:]
	return err
}

func (f *flaky) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *flaky) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	if err := f.next(); err != nil {
		return nil, err
	}
	return f.Driver.Receive(ctx, max, wait)
}

func (f *flaky) Extend(ctx context.Context, r queue.Receipt) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Driver.Extend(ctx, r)
}

func (f *flaky) Kind(err error) queue.Kind {
	switch {
	case errors.Is(err, errAway):
		return queue.KindUnavailable
	case errors.Is(err, errSlow):
		return queue.KindThrottled
	case errors.Is(err, errNo):
		return queue.KindDenied
	}
	return f.Driver.Kind(err)
}
