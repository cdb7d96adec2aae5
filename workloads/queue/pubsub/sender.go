package pubsub

import (
	"context"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// sender is a queue that others take messages from, in a way that is none of
// the sender's business: a function's, say, to which Pub/Sub pushes them. All
// that is known of it is its topic.
type sender struct{ *Driver }

var _ queue.Driver = sender{}

// Name is what the queue is called: its topic.
func (s sender) Name() string { return s.address.topic }

// Send is that of Driver, and says what to do about errors that opening a queue
// with a subscription would have had.
func (s sender) Send(ctx context.Context, messages []queue.Message) error {
	err := s.Driver.Send(ctx, messages)
	switch kindOf(err) {
	case queue.KindNotFound:
		return fmt.Errorf("project %s has no such topic; are project and topic right, and was it declared? %w", s.address.project, err)
	case queue.KindDenied:
		return fmt.Errorf("not allowed; may these credentials pubsub.topics.publish on it? %w", err)
	}
	return err
}

// Lease is 0: nothing is received.
func (s sender) Lease() time.Duration { return 0 }

// Caps are the driver's limits.
func (s sender) Caps() queue.Caps {
	return queue.Caps{MaxBodyBytes: maxBodyBytes, MaxBatch: MaxBatch, SendOnly: true}
}

// Receive fails with KindUnsupported.
func (s sender) Receive(ctx context.Context, _ int, _ time.Duration) ([]queue.Delivery, error) {
	return nil, s.refuse(ctx)
}

// Extend fails with KindUnsupported.
func (s sender) Extend(ctx context.Context, _ queue.Receipt) error { return s.refuse(ctx) }

// Ack fails with KindUnsupported.
func (s sender) Ack(ctx context.Context, _ queue.Receipt) error { return s.refuse(ctx) }

// Release fails with KindUnsupported.
func (s sender) Release(ctx context.Context, _ queue.Receipt, _ time.Duration) error {
	return s.refuse(ctx)
}

// Stats fails with KindUnsupported: subscriptions are counted, not topics.
func (s sender) Stats(ctx context.Context) (queue.Stats, error) { return queue.Stats{}, s.refuse(ctx) }

// refuse is what every call fails with that needs a subscription, unless the
// driver was closed or ctx has ended.
func (s sender) refuse(ctx context.Context) error {
	return s.call(ctx, answerTimeout, func(context.Context) error { return errSendOnly })
}
