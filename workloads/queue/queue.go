package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options of a Queue. The zero value is usable.
type Options struct {
	// Name is what error texts call the queue.
	Name  string
	Retry Retry
}

// Queue is one job queue. It is safe for concurrent use. Every method retries
// as Options.Retry says and fails with *Error.
type Queue struct {
	driver Driver
	name   string
	retry  Retry
}

// New makes a Queue of a driver. The Queue owns the driver from then on: Close
// closes it.
func New(d Driver, opts Options) *Queue {
	return &Queue{driver: d, name: opts.Name, retry: opts.Retry.withDefaults()}
}

// Name is the queue's name in error texts.
func (q *Queue) Name() string { return q.name }

// Send stores all messages durably or fails. A message that is too large is
// found before anything is sent. After another error some messages may have
// been stored; sending all of them again is harmless where Caps.Dedupes.
func (q *Queue) Send(ctx context.Context, messages ...Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := checkSizes(messages, q.driver.Caps().MaxBodyBytes); err != nil {
		return &Error{Op: OpSend, Queue: q.name, Kind: KindTooLarge, Err: err}
	}
	return q.do(ctx, OpSend, func() error { return q.driver.Send(ctx, messages) })
}

func checkSizes(messages []Message, maxBytes int) error {
	var errs []error
	for i, m := range messages {
		if len(m.Body) > maxBytes {
			errs = append(errs, fmt.Errorf("message %d with id %q: its body is %d bytes, at most %d fit; put large inputs on a volume",
				i, m.ID, len(m.Body), maxBytes))
		}
	}
	return errors.Join(errs...)
}

// Receive hands out up to max messages (1..Caps.MaxBatch, more is cut down to
// that), each leased for Lease. It waits up to wait for the first one and then
// returns what there is; none after wait is not an error. Each retry waits
// anew.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]Delivery, error) {
	var got []Delivery
	err := q.do(ctx, OpReceive, func() (err error) {
		if max < 1 {
			return fmt.Errorf("cannot receive %d messages, want 1 or more", max)
		}
		got, err = q.driver.Receive(ctx, min(max, q.driver.Caps().MaxBatch), wait)
		return err
	})
	return got, err
}

// Extend starts the lease of a delivery anew. KindLeaseLost: another receiver
// may hold the message by now.
func (q *Queue) Extend(ctx context.Context, d Delivery) error {
	return q.do(ctx, OpExtend, func() error { return q.driver.Extend(ctx, d.Receipt) })
}

// Ack removes the message for good and returns when that is durable. Twice is
// nil.
func (q *Queue) Ack(ctx context.Context, d Delivery) error {
	return q.do(ctx, OpAck, func() error { return q.driver.Ack(ctx, d.Receipt) })
}

// Release gives the message back; others can receive it after delay (0: at
// once), at the latest a second later.
func (q *Queue) Release(ctx context.Context, d Delivery, delay time.Duration) error {
	return q.do(ctx, OpRelease, func() error { return q.driver.Release(ctx, d.Receipt, delay) })
}

// Stats counts the messages, as well as Caps.StatsLag and Caps.CountsTogether
// say. KindUncounted: there is no count, or none yet.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	var stats Stats
	err := q.do(ctx, OpStats, func() (err error) {
		stats, err = q.driver.Stats(ctx)
		return err
	})
	return stats, err
}

// Lease is how long a received message stays hidden from others.
func (q *Queue) Lease() time.Duration { return q.driver.Lease() }

// Caps says what the queue's service can do and its limits.
func (q *Queue) Caps() Caps { return q.driver.Caps() }

// Close lets go of connections. Any call after it fails with KindClosed.
func (q *Queue) Close() error {
	return q.wrap(context.Background(), OpClose, q.driver.Close())
}

func (q *Queue) do(ctx context.Context, op Op, try func() error) error {
	return q.wrap(ctx, op, q.retry.do(ctx, q.driver.Kind, try))
}

// wrap adds what every error of a Queue carries. When the caller's context has
// ended, that is why the call failed, whatever the driver saw of it.
func (q *Queue) wrap(ctx context.Context, op Op, err error) error {
	if err == nil {
		return nil
	}
	kind := q.driver.Kind(err)
	if ctx.Err() != nil && (kind == KindUnknown || kind.Passing()) {
		kind = KindCanceled
	}
	return &Error{Op: op, Queue: q.name, Kind: kind, Err: err}
}
