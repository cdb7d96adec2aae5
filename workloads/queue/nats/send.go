package nats

import (
	"context"
	"fmt"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// sendWindow is how many messages of one Send may be under way: enough to keep
// the server busy, few enough to be answered well within publishTimeout.
const sendWindow = 1024

// Send publishes the messages without waiting for each, then waits until the
// server has stored all.
func (d *Driver) Send(ctx context.Context, messages []queue.Message) error {
	for _, m := range messages {
		if len(m.ID) > maxIDBytes {
			return fmt.Errorf("message %q: %w: %d bytes, at most %d", m.ID, errIDTooLong, len(m.ID), maxIDBytes)
		}
	}
	return d.link.call(ctx, 0, func(ctx context.Context) error {
		stored := make([]jetstream.PubAckFuture, len(messages))
		for i := range messages {
			if first := i - sendWindow; first >= 0 {
				if err := await(ctx, stored[first], messages[first]); err != nil {
					return err
				}
			}
			var err error
			if stored[i], err = d.publish(messages[i]); err != nil {
				return fmt.Errorf("message %q: %w", messages[i].ID, err)
			}
		}
		for i := max(0, len(messages)-sendWindow); i < len(messages); i++ {
			if err := await(ctx, stored[i], messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Driver) publish(m queue.Message) (jetstream.PubAckFuture, error) {
	options := []jetstream.PublishOpt{jetstream.WithExpectStream(d.name)}
	if m.ID != "" {
		options = append(options, jetstream.WithMsgID(m.ID))
	}
	return d.js.PublishMsgAsync(&natsgo.Msg{Subject: subject(d.name), Data: m.Body}, options...)
}

func await(ctx context.Context, stored jetstream.PubAckFuture, m queue.Message) error {
	select {
	case <-stored.Ok():
		return nil
	case err := <-stored.Err():
		return fmt.Errorf("message %q: %w", m.ID, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}
