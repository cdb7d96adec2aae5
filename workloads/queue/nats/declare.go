package nats

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// What declaring does, for error texts.
const (
	opDeclare queue.Op = "declaring"
	opRemove  queue.Op = "removing"
	opInspect queue.Op = "inspecting"
)

// Declare makes the queue, or changes it to the spec and keeps its messages.
// Declaring the same again changes nothing. The dead-letter queue must exist.
// Clients notice a change when they next receive or extend, after settingsAge
// at the latest. A shorter lease counts at once for messages that are held, so
// some of them may be handed out again.
func Declare(ctx context.Context, js jetstream.JetStream, s Spec) error {
	if err := s.Check(); err != nil {
		return failed(opDeclare, s.Name, err)
	}
	return DeclareUnchecked(ctx, js, s)
}

// DeclareUnchecked is Declare without Spec.Check: for tests that need leases of
// a second or two.
func DeclareUnchecked(ctx context.Context, js jetstream.JetStream, s Spec) error {
	if s.DeadLetter != "" {
		if _, err := js.Stream(ctx, s.DeadLetter); err != nil {
			return failed(opDeclare, s.Name, fmt.Errorf("its dead-letter queue %q must be declared first: %w", s.DeadLetter, err))
		}
	}
	if _, err := js.CreateOrUpdateStream(ctx, streamConfig(s)); err != nil {
		return failed(opDeclare, s.Name, err)
	}
	_, err := js.CreateOrUpdateConsumer(ctx, s.Name, consumerConfig(s))
	return failed(opDeclare, s.Name, err)
}

// Remove deletes the queue and the messages in it. queue.KindNotFound: there is
// none.
func Remove(ctx context.Context, js jetstream.JetStream, name string) error {
	if err := checkName("name", name); err != nil {
		return failed(opRemove, name, err)
	}
	return failed(opRemove, name, js.DeleteStream(ctx, name))
}

// Inspect reads how a queue was declared and counts its messages; see
// Driver.Stats for what the counts mean. queue.KindNotFound: there is none, or
// Declare was cut short and must be run again.
func Inspect(ctx context.Context, js jetstream.JetStream, name string) (Spec, queue.Stats, error) {
	if err := checkName("name", name); err != nil {
		return Spec{}, queue.Stats{}, failed(opInspect, name, err)
	}
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return Spec{}, queue.Stats{}, failed(opInspect, name, err)
	}
	consumer, err := stream.Consumer(ctx, consumerName)
	if err != nil {
		return Spec{}, queue.Stats{}, failed(opInspect, name, err)
	}
	info := consumer.CachedInfo()
	s, err := specOf(info)
	if err != nil {
		return Spec{}, queue.Stats{}, failed(opInspect, name, err)
	}
	s.RetentionHours = int(stream.CachedInfo().Config.MaxAge / time.Hour)
	return s, statsOf(info), nil
}

func failed(op queue.Op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &queue.Error{Op: op, Queue: name, Kind: kindOf(err), Err: err}
}
