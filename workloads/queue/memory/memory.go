// Package memory is the queue driver for unit tests and for work within one
// process: the messages live in this process and end with it.
package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Limits of the driver.
const (
	// MaxBodyBytes is the largest message body: what SQS takes, so that what
	// passes here also passes there.
	MaxBodyBytes = 256 << 10
	// MaxBatch is the most messages Receive returns at once.
	MaxBatch = 1000
	// DefaultLeaseSeconds is the lease where Options name none.
	DefaultLeaseSeconds = 30
	// dedupeWindow is how long a message ID is remembered.
	dedupeWindow = 2 * time.Minute
	// recheckEvery is how often a waiting Receive looks again by itself: an
	// injected clock that moves wakes nobody.
	recheckEvery = 5 * time.Millisecond
)

var (
	errClosed    = errors.New("the queue was closed")
	errRemoved   = errors.New("the queue was removed")
	errLeaseLost = errors.New("the lease ran out or was given back")
	errReceipt   = errors.New("the receipt is of another driver")
	errTooLarge  = errors.New("a message body is too large")
)

var kinds = map[error]queue.Kind{
	errClosed:                queue.KindClosed,
	errRemoved:               queue.KindNotFound,
	errLeaseLost:             queue.KindLeaseLost,
	errTooLarge:              queue.KindTooLarge,
	context.Canceled:         queue.KindCanceled,
	context.DeadlineExceeded: queue.KindCanceled,
}

// Options of a queue. The zero value is usable.
type Options struct {
	// LeaseSeconds is how long a received message stays hidden; default
	// DefaultLeaseSeconds.
	LeaseSeconds int
	// MaxDeliveries is how often a message is handed out before it moves to
	// DeadLetter; 0 means no limit. It has no effect without DeadLetter.
	MaxDeliveries int
	// DeadLetter takes messages that were handed out MaxDeliveries times.
	DeadLetter *Driver
	// Now is the clock for leases, delays and duplicates; default time.Now. How
	// long Receive waits is real time.
	Now func() time.Time
}

// Driver is one queue in memory.
type Driver struct {
	opts  Options
	lease time.Duration

	mu       sync.Mutex
	messages messageHeap
	sequence uint64
	// sent holds when each message ID was last stored.
	sent map[string]time.Time
	// forgotAt is when old IDs were last dropped from sent.
	forgotAt time.Time
	// changed is closed and renewed whenever messages may have become visible.
	changed chan struct{}
	// gone is why the queue takes no more calls, or nil.
	gone error
}

var _ queue.Driver = (*Driver)(nil)

// New makes an empty queue.
func New(opts Options) *Driver {
	if opts.LeaseSeconds == 0 {
		opts.LeaseSeconds = DefaultLeaseSeconds
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Driver{
		opts:    opts,
		lease:   time.Duration(opts.LeaseSeconds) * time.Second,
		sent:    map[string]time.Time{},
		changed: make(chan struct{}),
	}
}

// Send stores the messages.
func (d *Driver) Send(ctx context.Context, messages []queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, m := range messages {
		if len(m.Body) > MaxBodyBytes {
			return fmt.Errorf("message %q of %d bytes: %w", m.ID, len(m.Body), errTooLarge)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone != nil {
		return d.gone
	}
	now := d.opts.Now()
	d.forget(now)
	for _, m := range messages {
		if m.ID != "" {
			if at, twice := d.sent[m.ID]; twice && now.Sub(at) < dedupeWindow {
				continue
			}
			d.sent[m.ID] = now
		}
		d.store(bytes.Clone(m.Body), now)
	}
	d.wake()
	return nil
}

// Receive leases up to max messages.
func (d *Driver) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	recheck := time.NewTicker(recheckEvery)
	defer recheck.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		got, changed, err := d.take(max)
		if err != nil || len(got) > 0 {
			return got, err
		}
		select {
		case <-deadline.C:
			return nil, nil
		case <-ctx.Done():
		case <-changed:
		case <-recheck.C:
		}
	}
}

// take leases what is visible now.
func (d *Driver) take(max int) ([]queue.Delivery, <-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone != nil {
		return nil, nil, d.gone
	}
	now := d.opts.Now()
	var got []queue.Delivery
	for len(got) < max {
		m := d.messages.visible(now)
		if m == nil {
			break
		}
		if limit := d.opts.MaxDeliveries; limit > 0 && m.number >= limit && d.opts.DeadLetter != nil {
			if err := d.opts.DeadLetter.Send(context.Background(), []queue.Message{{Body: m.body}}); err != nil {
				return nil, nil, fmt.Errorf("moving a message to the dead-letter queue: %w", err)
			}
			d.messages.remove(m)
			continue
		}
		m.number++
		m.leased = true
		d.messages.move(m, now.Add(d.lease))
		got = append(got, queue.Delivery{Body: bytes.Clone(m.body), Number: m.number, Receipt: &receipt{m, m.number}})
	}
	return got, d.changed, nil
}

// Stats counts the messages.
func (d *Driver) Stats(ctx context.Context) (queue.Stats, error) {
	if err := ctx.Err(); err != nil {
		return queue.Stats{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone != nil {
		return queue.Stats{}, d.gone
	}
	var s queue.Stats
	now := d.opts.Now()
	for _, m := range d.messages {
		if m.leased && m.visibleAt.After(now) {
			s.Leased++
		} else {
			s.Ready++
		}
	}
	return s, nil
}

// Lease is how long a received message stays hidden.
func (d *Driver) Lease() time.Duration { return d.lease }

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) queue.Kind {
	for known, kind := range kinds {
		if errors.Is(err, known) {
			return kind
		}
	}
	return queue.KindUnknown
}

// Caps are the driver's limits.
func (d *Driver) Caps() queue.Caps {
	return queue.Caps{MaxBodyBytes: MaxBodyBytes, MaxBatch: MaxBatch, Dedupes: true, LeaseLostIsSeen: true}
}

// Close ends all calls that wait and drops the messages. Twice is nil.
func (d *Driver) Close() error {
	d.end(errClosed)
	return nil
}

// Remove does what removing a queue does to its users elsewhere: every call
// from now on fails with queue.KindNotFound, until Close.
func (d *Driver) Remove() { d.end(errRemoved) }

func (d *Driver) end(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone, d.messages, d.sent = why, nil, nil
	d.wake()
}

// wake ends the sleep of all that wait in Receive. The lock is held.
func (d *Driver) wake() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// store appends a message. The lock is held.
func (d *Driver) store(body []byte, now time.Time) {
	d.sequence++
	d.messages.add(&message{sequence: d.sequence, body: body, visibleAt: now})
}

// forget drops the message IDs that are older than the window, once a window.
// The lock is held.
func (d *Driver) forget(now time.Time) {
	if now.Sub(d.forgotAt) < dedupeWindow {
		return
	}
	d.forgotAt = now
	for id, at := range d.sent {
		if now.Sub(at) >= dedupeWindow {
			delete(d.sent, id)
		}
	}
}
