package nats

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Receive leases up to max messages. When ctx ends while messages are on their
// way, they are given back to the queue; their next delivery counts one more.
// Messages over MaxDeliveries are moved to the dead-letter queue on the way; if
// that fails they stay in the queue, and Receive fails only when there is
// nothing else to hand out.
func (d *Driver) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	deadline := d.now().Add(wait)
	for {
		d.refresh(ctx)
		pulled, err := d.pull(ctx, max, deadline.Sub(d.now()))
		if err != nil {
			return nil, err
		}
		got, err := d.sort(ctx, pulled)
		if len(got) > 0 || err != nil {
			return got, err
		}
		if !d.now().Before(deadline) {
			return nil, nil
		}
	}
}

// sort makes deliveries of messages, but for those to be buried. The error is
// nil when there are deliveries.
func (d *Driver) sort(ctx context.Context, pulled []pulledMessage) ([]queue.Delivery, error) {
	s := d.settings.Load()
	lease := d.Lease()
	var failed error
	got := make([]queue.Delivery, 0, len(pulled))
	for _, m := range pulled {
		meta, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if s.MaxDeliveries > 0 && meta.NumDelivered > uint64(s.MaxDeliveries) {
			if err := d.bury(ctx, m, meta, s.DeadLetter); err != nil {
				failed = err
			}
			continue
		}
		own := &receipt{reply: m.Reply, sequence: meta.Sequence.Stream}
		own.Renew(m.at.Add(lease))
		got = append(got, queue.Delivery{Body: m.Data, Number: int(meta.NumDelivered), Receipt: own})
	}
	if len(got) > 0 {
		return got, nil
	}
	return nil, failed
}
