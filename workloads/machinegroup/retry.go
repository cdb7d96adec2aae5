package machinegroup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Defaults of Retry. Six tries with full jitter last 6 s on average and 12.5 s at
// most: thousands of machines share one limit of requests, so a call that was
// refused is tried again slowly.
const (
	DefaultMaxTries  = 6
	DefaultBaseDelay = 500 * time.Millisecond
	DefaultMaxDelay  = 5 * time.Second
)

// Retry is how often and how patiently a Group tries again. Before try n+1 it
// sleeps a random time between 0 and the lesser of MaxDelay and
// BaseDelay*2^(n-1) ("full jitter"). Zero fields mean the defaults.
type Retry struct {
	// MaxTries counts the first try too; 1 means no retry.
	MaxTries  int
	BaseDelay time.Duration
	MaxDelay  time.Duration
	// Sleep waits or returns the context's error. Default: a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Rand returns a number in [0,1). Default: math/rand/v2.
	Rand func() float64
}

func (r Retry) withDefaults() Retry {
	if r.MaxTries <= 0 {
		r.MaxTries = DefaultMaxTries
	}
	if r.BaseDelay <= 0 {
		r.BaseDelay = DefaultBaseDelay
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = DefaultMaxDelay
	}
	if r.Sleep == nil {
		r.Sleep = queue.Sleep
	}
	if r.Rand == nil {
		r.Rand = rand.Float64
	}
	return r
}

// delay is the sleep after the given number of failed tries, from 1.
func (r Retry) delay(failed int) time.Duration {
	most := r.MaxDelay
	if shift := failed - 1; shift < 32 && r.BaseDelay<<shift < most {
		most = r.BaseDelay << shift
	}
	return time.Duration(r.Rand() * float64(most))
}

// do runs try until it succeeds, fails for good, or tries or ctx end.
func (r Retry) do(ctx context.Context, again func(error) bool, try func() error) error {
	for failed := 1; ; failed++ {
		err := try()
		if err == nil || ctx.Err() != nil || !again(err) || failed >= r.MaxTries {
			return err
		}
		if ended := r.Sleep(ctx, r.delay(failed)); ended != nil {
			return fmt.Errorf("%w while waiting to try again after: %w", ended, err)
		}
	}
}
