package memory

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// receipt stands for one delivery: the message, and its number at the time. A
// later delivery has a higher number, which is how a lost lease is seen.
type receipt struct {
	message *message
	number  int
}

// Extend starts the lease anew.
func (d *Driver) Extend(ctx context.Context, r queue.Receipt) error {
	return d.withHeld(ctx, r, func(m *message, now time.Time) {
		d.messages.move(m, now.Add(d.lease))
	})
}

// Release makes the message visible after delay.
func (d *Driver) Release(ctx context.Context, r queue.Receipt, delay time.Duration) error {
	return d.withHeld(ctx, r, func(m *message, now time.Time) {
		m.leased = false
		d.messages.move(m, now.Add(delay))
		d.wake()
	})
}

// Ack removes the message. It is nil too when the message is gone already.
func (d *Driver) Ack(ctx context.Context, r queue.Receipt) error {
	if own, ok := r.(*receipt); ok && d.isGone(own.message) {
		return nil
	}
	return d.withHeld(ctx, r, func(m *message, _ time.Time) { d.messages.remove(m) })
}

// isGone reports whether an open queue no longer has the message.
func (d *Driver) isGone(m *message) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gone == nil && m.index == removed
}

// withHeld calls change with the lock held, if the receipt still holds its
// message.
func (d *Driver) withHeld(ctx context.Context, r queue.Receipt, change func(*message, time.Time)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone != nil {
		return d.gone
	}
	m, now := own.message, d.opts.Now()
	if m.index == removed || !m.leased || m.number != own.number || !m.visibleAt.After(now) {
		return errLeaseLost
	}
	change(m, now)
	return nil
}
