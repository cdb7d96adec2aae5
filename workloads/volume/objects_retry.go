package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"
)

const (
	// answerTimeout is how long a service may take to answer one try, or the next
	// part of an answer.
	answerTimeout = 10 * time.Second
	// minBytesPerSecond is the slowest way to a service that a large write is
	// waited for on.
	minBytesPerSecond = 4 << 20
)

// errNoAnswer is the cause of a try that was given up.
var errNoAnswer = errors.New("the object storage did not answer in time")

// retry is how often and how patiently a call is tried again after an error that
// passes. Before try n+1 it sleeps a random time between 0 and the lesser of
// maxDelay and baseDelay*2^(n-1) ("full jitter"). Whoever called tries again
// later, so there is no need to be patient here.
type retry struct {
	// maxTries counts the first try too.
	maxTries            int
	baseDelay, maxDelay time.Duration
	// sleep waits or returns the context's error.
	sleep func(ctx context.Context, d time.Duration) error
	// random returns a number in [0,1).
	random func() float64
}

func defaultRetry() retry {
	return retry{maxTries: 5, baseDelay: 200 * time.Millisecond, maxDelay: 2 * time.Second, sleep: sleep, random: rand.Float64}
}

// delay is the sleep after the given number of failed tries, from 1.
func (r retry) delay(failed int) time.Duration {
	return time.Duration(r.random() * float64(min(r.maxDelay, r.baseDelay<<(failed-1))))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// call makes a call that sends so many bytes, and tries again after errors that
// pass. Its error is the driver's, errNoAnswer or ctx's.
func (o *objects) call(ctx context.Context, bytes int, do func(context.Context) error) error {
	limit := answerTimeout + time.Duration(bytes)*time.Second/minBytesPerSecond
	return o.callWithin(ctx, limit, func(ctx context.Context, _ func()) error { return do(ctx) })
}

// callWatched is call for one that takes any time as long as it says now and then
// that it goes on.
func (o *objects) callWatched(ctx context.Context, do func(ctx context.Context, stillAlive func()) error) error {
	return o.callWithin(ctx, answerTimeout, do)
}

func (o *objects) callWithin(ctx context.Context, limit time.Duration, do func(context.Context, func()) error) error {
	for failed := 1; ; failed++ {
		err := try(ctx, limit, do)
		if err == nil || ctx.Err() != nil || failed >= o.retry.maxTries ||
			!errors.Is(err, errNoAnswer) && !o.driver.Kind(err).isPassing() {
			return err
		}
		if ended := o.retry.sleep(ctx, o.retry.delay(failed)); ended != nil {
			return fmt.Errorf("%w while waiting to try again after: %w", ended, err)
		}
	}
}

// try makes one try, which ends limit after it began or last said that it goes on.
func try(ctx context.Context, limit time.Duration, do func(context.Context, func()) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	bound, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(limit, func() { cancel(errNoAnswer) })
	defer timer.Stop()
	err := do(bound, func() { timer.Reset(limit) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%w (%w)", ctx.Err(), err)
	case errors.Is(context.Cause(bound), errNoAnswer):
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}

// unavailableKinds are the kinds of errors that are the storage's own fault. What
// is not found when it is written is the bucket.
var unavailableKinds = map[Kind]bool{KindDenied: true, KindThrottled: true, KindUnavailable: true, KindNotFound: true}

// classify marks the error of a write as ErrFull or ErrUnavailable.
func (o *objects) classify(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, errNoAnswer):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch kind := o.driver.Kind(err); {
	case kind == KindFull:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case unavailableKinds[kind]:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// classifyRead is classify for reads, where not found is the object.
func (o *objects) classifyRead(err error) error {
	if err != nil && !errors.Is(err, errNoAnswer) && o.driver.Kind(err) == KindNotFound {
		return fmt.Errorf("%w (%w)", fs.ErrNotExist, err)
	}
	return o.classify(err)
}
