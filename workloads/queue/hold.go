package queue

import (
	"context"
	"sync"
	"time"
)

// extendsPerLease is how many times Hold extends within one lease: with three,
// two extensions in a row may fail before the lease is lost.
const extendsPerLease = 3

// Hold keeps the lease of a delivery by extending it at a third of the lease,
// from the call of Hold, which should follow Receive closely. The context it
// returns is ctx, and is also cancelled with cause ErrLeaseLost when another
// receiver may have the message: an Extend said KindLeaseLost, or none
// succeeded for a whole lease.
//
// Call stop before Ack or Release, and in any case: it ends the heartbeat,
// waits until no Extend is under way, and cancels the context. The heartbeat
// goes on when ctx ends, so that work that is being wrapped up stays covered.
// Calling stop twice is fine.
func (q *Queue) Hold(ctx context.Context, d Delivery) (context.Context, func()) {
	held, cancel := context.WithCancelCause(ctx)
	beat, halt := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		if q.keep(beat, d) {
			cancel(ErrLeaseLost)
		}
	})
	return held, func() {
		halt()
		done.Wait()
		cancel(context.Canceled)
	}
}

// keep extends until ctx ends; it returns true when the lease was lost.
func (q *Queue) keep(ctx context.Context, d Delivery) (lost bool) {
	extended := time.Now()
	for {
		lease := q.Lease()
		if Sleep(ctx, min(lease/extendsPerLease, time.Until(extended.Add(lease)))) != nil {
			return false
		}
		start := time.Now()
		expires := extended.Add(lease)
		try, cancel := context.WithDeadline(ctx, expires)
		err := q.Extend(try, d)
		cancel()
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			extended = start
		case KindOf(err) == KindLeaseLost || !time.Now().Before(expires):
			return true
		}
	}
}
