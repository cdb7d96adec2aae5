package pubsub

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

const (
	// longestPoll bounds one call: Pub/Sub may use all of the time it is given
	// to find more messages when it has some already (its engineers, on the
	// tracker of Google's Java client).
	longestPoll = 10 * time.Second
	// shortestPoll is what Pub/Sub gets to find messages at all.
	shortestPoll = time.Second
	// pollAgain is how long Receive rests after a call that ended early.
	pollAgain = 100 * time.Millisecond
)

// Receive leases up to max messages: those that one call gives, which may be
// fewer than there are. A wait that is shorter than a second is that long.
func (d *Driver) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	deadline := d.now().Add(wait)
	for {
		got, err := d.poll(ctx, min(max, MaxBatch), deadline.Sub(d.now()))
		if err != nil || len(got) > 0 {
			return got, err
		}
		left := deadline.Sub(d.now())
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
// that was left by another Receive. When ctx or the driver ends first, it leaves
// the call.
func (d *Driver) poll(ctx context.Context, most int, wait time.Duration) ([]queue.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.life.Err() != nil {
		return nil, errClosed
	}
	wait = min(max(wait, shortestPoll), longestPoll)
	p := d.polls.adopt(most, d.now().Add(wait))
	if p == nil {
		p = d.startPoll(most, wait)
	}
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

func (d *Driver) deliveries(p *poll) []queue.Delivery {
	got := make([]queue.Delivery, len(p.messages))
	for i, m := range p.messages {
		own := &receipt{ackID: m.AckId, messageID: m.GetMessage().GetMessageId()}
		own.Renew(p.at.Add(d.lease))
		got[i] = queue.Delivery{
			Body: bodyOf(m.GetMessage()),
			// 0 where Pub/Sub does not count; 1 is the least it can be.
			Number:  max(int(m.DeliveryAttempt), 1),
			Receipt: own,
		}
	}
	return got
}
