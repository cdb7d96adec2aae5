package pubsub

import (
	"context"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// mostDelay is the longest ack deadline that one call sets (API reference,
// ModifyAckDeadlineRequest).
const mostDelay = 600 * time.Second

// receipt is one delivery and its lease by the client's clock.
type receipt struct {
	leaseclock.Lease
	ackID     string // which Pub/Sub takes words about the delivery by
	messageID string
}

// Extend starts the lease anew and waits for Pub/Sub to confirm. When the answer
// came after the lease, Pub/Sub may have handed the message to another, so it
// was lost.
func (d *Driver) Extend(ctx context.Context, r queue.Receipt) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	start := d.now()
	if err := d.check(own, start); err != nil {
		return err
	}
	if err := d.modifyDeadline(ctx, own, d.lease); err != nil {
		return err
	}
	if err := own.Check(d.now()); err != nil {
		return err
	}
	own.Renew(start.Add(d.lease))
	return nil
}

// Ack removes the message for good; Pub/Sub has confirmed that. On a lease that
// ran out it is nil if this driver is known to have removed the message, else
// KindLeaseLost: Pub/Sub does not tell whether the message is gone, so it is
// left to its next receiver. Each is a call of its own, since Pub/Sub's price is
// by data and not by call (Pub/Sub pricing).
func (d *Driver) Ack(ctx context.Context, r queue.Receipt) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.check(own, d.now()); err != nil {
		if kindOf(err) == queue.KindLeaseLost && (own.Acked() || d.acked.Has(own.messageID)) {
			return nil
		}
		return err
	}
	err := d.call(ctx, answerTimeout, func(ctx context.Context) error {
		return d.clients.subscriber.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{
			Subscription: d.address.subscriptionPath(), AckIds: []string{own.ackID},
		})
	})
	if err != nil {
		return err
	}
	own.EndAcked()
	d.acked.Add(own.messageID)
	return nil
}

// Release makes the message visible again after delay, rounded up to seconds;
// sooner where that is more than 10 minutes, which is the most that Pub/Sub
// takes.
func (d *Driver) Release(ctx context.Context, r queue.Receipt, delay time.Duration) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	if err := d.check(own, d.now()); err != nil {
		return err
	}
	if err := d.modifyDeadline(ctx, own, min(max(delay, 0), mostDelay)); err != nil {
		return err
	}
	own.EndReleased()
	return nil
}

// check is nil while the driver is open and the receipt holds its message.
func (d *Driver) check(own *receipt, now time.Time) error {
	if d.life.Err() != nil {
		return errClosed
	}
	return own.Check(now)
}

// modifyDeadline has Pub/Sub hide the message for another time, in seconds
// rounded up; 0 is a nack.
func (d *Driver) modifyDeadline(ctx context.Context, own *receipt, to time.Duration) error {
	return d.call(ctx, answerTimeout, func(ctx context.Context) error {
		return d.clients.subscriber.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{
			Subscription: d.address.subscriptionPath(), AckIds: []string{own.ackID}, AckDeadlineSeconds: seconds(to),
		})
	})
}

func seconds(d time.Duration) int32 { return int32((d + time.Second - 1) / time.Second) }
