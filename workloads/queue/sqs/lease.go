package sqs

import (
	"context"
	"time"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// maxHold is how long SQS lets a message be held from when it is received.
const maxHold = 12 * time.Hour

// receipt is one delivery and its lease by the client's clock.
type receipt struct {
	leaseclock.Lease
	handle    string // which SQS takes words about the delivery by
	messageID string
	received  time.Time
}

// Extend starts the lease anew and waits for SQS to confirm. When the answer
// came after the lease, SQS may have extended the lease of another, so it was
// lost. It fails when the message would be held for more than 12 h in all.
func (d *Driver) Extend(ctx context.Context, r queue.Receipt) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	start := d.now()
	if err := d.check(own, start); err != nil {
		return err
	}
	if err := d.changeVisibility(ctx, own, d.lease); err != nil {
		return err
	}
	if err := own.Check(d.now()); err != nil {
		return err
	}
	own.Renew(start.Add(d.lease))
	return nil
}

// Ack removes the message for good; SQS has confirmed that. Acks at the same
// time share calls. On a lease that ran out it is nil if this driver is known to
// have removed the message, else KindLeaseLost: SQS does not tell whether the
// message is gone, so it is left to its next receiver.
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
	return d.deleting.delete(ctx, own)
}

// Release makes the message visible again after delay, rounded up to seconds;
// sooner where that would be more than 12 h after it was received.
func (d *Driver) Release(ctx context.Context, r queue.Receipt, delay time.Duration) error {
	own, ok := r.(*receipt)
	if !ok {
		return errReceipt
	}
	now := d.now()
	if err := d.check(own, now); err != nil {
		return err
	}
	if err := d.changeVisibility(ctx, own, releaseDelay(delay, now.Sub(own.received))); err != nil {
		return err
	}
	own.EndReleased()
	return nil
}

// releaseDelay is a delay that SQS takes for a message that was held for a time.
func releaseDelay(delay, held time.Duration) time.Duration {
	delay = (max(delay, 0) + time.Second - 1).Truncate(time.Second)
	most := (maxHold - held - answerTimeout).Truncate(time.Second) // it may take a while to arrive
	return max(min(delay, most), 0)
}

// check is nil while the driver is open and the receipt holds its message.
func (d *Driver) check(own *receipt, now time.Time) error {
	if d.life.Err() != nil {
		return errClosed
	}
	return own.Check(now)
}

func (d *Driver) changeVisibility(ctx context.Context, own *receipt, to time.Duration) error {
	return d.call(ctx, answerTimeout, func(ctx context.Context) error {
		_, err := d.client.ChangeMessageVisibility(ctx, &awssqs.ChangeMessageVisibilityInput{
			QueueUrl: &d.queueURL, ReceiptHandle: &own.handle, VisibilityTimeout: int32(to / time.Second),
		})
		return err
	})
}
