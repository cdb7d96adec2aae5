package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// What a receiver tells JetStream of a message.
const (
	wordAck     = "+ACK"
	wordExtend  = "+WPI"
	wordRelease = "-NAK"
)

// receipt is one delivery and its lease by the client's clock.
type receipt struct {
	leaseclock.Lease
	reply    string // where the server takes words about the delivery
	sequence uint64 // of the message in the stream

}

// Extend starts the lease anew and waits for the server to confirm. When the
// answer came after the lease, the server may have extended the lease of
// another, so it was lost.
func (d *Driver) Extend(ctx context.Context, r queue.Receipt) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	d.refresh(ctx)
	start := d.now()
	if err := d.check(own, start); err != nil {
		return err
	}
	if err := d.tell(ctx, own.reply, wordExtend); err != nil {
		return err
	}
	if err := own.Check(d.now()); err != nil {
		return err
	}
	own.Renew(start.Add(d.Lease()))
	return nil
}

// Ack removes the message for good; the server has confirmed that. On a lease
// that ran out it is nil if the message is gone, else KindLeaseLost: it is left
// to its next receiver.
func (d *Driver) Ack(ctx context.Context, r queue.Receipt) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	if err := d.check(own, d.now()); err != nil {
		return d.ackAfter(ctx, own, err)
	}
	if err := d.tell(ctx, own.reply, wordAck); err != nil {
		return err
	}
	own.EndAcked()
	return nil
}

// ackAfter is the answer to an Ack that comes after the lease ended with why.
func (d *Driver) ackAfter(ctx context.Context, own *receipt, why error) error {
	if kindOf(why) != queue.KindLeaseLost {
		return why
	}
	if own.Acked() {
		return nil
	}
	there, err := d.stored(ctx, own.sequence)
	if err == nil && there {
		return why
	}
	return err
}

// stored reports whether the message is still in the queue.
func (d *Driver) stored(ctx context.Context, sequence uint64) (there bool, err error) {
	err = d.link.call(ctx, answerTimeout, func(ctx context.Context) error {
		stream, err := d.js.Stream(ctx, d.name)
		if err != nil {
			return err
		}
		if _, err = stream.GetMsg(ctx, sequence); errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		there = err == nil
		return err
	})
	return there, err
}

// Release makes the message visible again after delay.
func (d *Driver) Release(ctx context.Context, r queue.Receipt, delay time.Duration) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	if err := d.check(own, d.now()); err != nil {
		return err
	}
	word := wordRelease
	if delay > 0 {
		word = fmt.Sprintf(`%s {"delay": %d}`, wordRelease, delay.Nanoseconds())
	}
	if err := d.tell(ctx, own.reply, word); err != nil {
		return err
	}
	own.EndReleased()
	return nil
}

// check is nil while the driver is open and the receipt holds its message.
func (d *Driver) check(own *receipt, now time.Time) error {
	if d.link.life.Err() != nil {
		return errClosed
	}
	return own.Check(now)
}

// tell sends a word about a delivery and waits until the server confirms it.
func (d *Driver) tell(ctx context.Context, reply, word string) error {
	err := d.link.call(ctx, answerTimeout, func(ctx context.Context) error {
		_, err := d.link.nc.RequestWithContext(ctx, reply, []byte(word))
		return err
	})
	if errors.Is(err, natsgo.ErrNoResponders) {
		return d.nobody(ctx)
	}
	return err
}

// nobody finds out why nobody answers for the queue: it was removed, or the
// server has no JetStream now.
func (d *Driver) nobody(ctx context.Context) error {
	if _, err := d.info(ctx); err != nil {
		return err
	}
	return natsgo.ErrNoResponders
}
