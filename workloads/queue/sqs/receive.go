package sqs

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

const (
	// longestPoll is the longest SQS waits in one call.
	longestPoll = 20 * time.Second
	// pollAgain is how long Receive rests between calls: SQS cannot wait less
	// than a second, so that what is left of the wait takes calls that do not.
	pollAgain = 250 * time.Millisecond
)

// Receive leases up to max messages: up to ten from the first call that has
// any, and if those are ten, up to max from further calls at the same time. SQS
// waits whole seconds, to which wait is rounded; where the queue's own
// ReceiveMessageWaitTimeSeconds is not 0, SQS waits that long instead of less
// than half a second.
func (d *Driver) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	deadline := d.now().Add(wait)
	for {
		left := deadline.Sub(d.now())
		got, err := d.poll(ctx, min(max, batchEntries), min(left, longestPoll).Round(time.Second))
		if err != nil {
			return nil, err
		}
		if len(got) > 0 {
			if len(got) == batchEntries && max > batchEntries {
				got = append(got, d.more(ctx, max-batchEntries)...)
			}
			return got, nil
		}
		left = deadline.Sub(d.now())
		if left <= 0 {
			return nil, nil
		}
		if err := d.rest(ctx, min(left, pollAgain)); err != nil {
			return nil, err
		}
	}
}

// rest sleeps; it ends early with ctx or the driver.
func (d *Driver) rest(ctx context.Context, t time.Duration) error {
	return d.call(ctx, answerTimeout, func(ctx context.Context) error { return queue.Sleep(ctx, t) })
}

// poll leases up to most messages, or none after wait, with one call or one
// that was left by another Receive.
func (d *Driver) poll(ctx context.Context, most int, wait time.Duration) ([]queue.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.life.Err() != nil {
		return nil, errClosed
	}
	wait = max(wait, 0)
	p := d.polls.adopt(most, d.now().Add(wait))
	if p == nil {
		p = d.startPoll(most, wait)
	}
	return d.await(ctx, p)
}

// await is what a poll got. When ctx or the driver ends first, it leaves the
// poll.
func (d *Driver) await(ctx context.Context, p *poll) ([]queue.Delivery, error) {
	select {
	case <-p.done:
		return d.deliveries(p), p.err
	case <-ctx.Done():
		d.leave(p)
		return nil, ctx.Err()
	case <-d.life.Done():
		d.leave(p)
		return nil, errClosed
	}
}

// more leases up to most messages that are there now. It has no error, since
// there are messages to hand out already.
func (d *Driver) more(ctx context.Context, most int) []queue.Delivery {
	var under []*poll
	for ; most > 0; most -= batchEntries {
		under = append(under, d.startPoll(min(most, batchEntries), 0))
	}
	var got []queue.Delivery
	for _, p := range under {
		part, _ := d.await(ctx, p)
		got = append(got, part...)
	}
	return got
}

func (d *Driver) deliveries(p *poll) []queue.Delivery {
	got := make([]queue.Delivery, len(p.messages))
	for i, m := range p.messages {
		// SQS always says the number when asked; 1 is the least it can be.
		number, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
		if err != nil {
			number = 1
		}
		own := &receipt{handle: aws.ToString(m.ReceiptHandle), messageID: aws.ToString(m.MessageId), received: p.at}
		own.Renew(p.at.Add(d.lease))
		got[i] = queue.Delivery{Body: decode(m), Number: number, Receipt: own}
	}
	return got
}
