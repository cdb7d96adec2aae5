package pubsub

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"golang.org/x/sync/errgroup"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

const (
	// batchMessages is the most that one call takes: MaxPublishRequestCount of
	// Google's Go client.
	batchMessages = 1000
	// batchBytes bounds one call. Pub/Sub takes 10 MB (MaxPublishRequestBytes of
	// the same client); smaller ones go side by side, and emulators take less
	// than 4 MB.
	batchBytes = 2 << 20
	// messageBytes is what a message counts beside its body.
	messageBytes = 64
	// sendWindow is how many calls of one Send may be under way.
	sendWindow = 8
	// sendTries is how often Send tries a call that Pub/Sub throttled.
	// queue.Queue would send all anew, and so twice what was stored.
	sendTries = 3
	// sendBackOff bounds the wait after the first try; it doubles.
	sendBackOff = 100 * time.Millisecond
)

// emptyAttribute marks an empty body: a message must hold data or an attribute
// (API reference, PubsubMessage).
const emptyAttribute = "spotgrid-empty"

func encode(body []byte) *pubsubpb.PubsubMessage {
	m := &pubsubpb.PubsubMessage{Data: body}
	if len(body) == 0 {
		m.Attributes = map[string]string{emptyAttribute: "true"}
	}
	return m
}

// bodyOf is any bytes as they were sent, never nil.
func bodyOf(m *pubsubpb.PubsubMessage) []byte {
	if m.GetData() == nil {
		return []byte{}
	}
	return m.GetData()
}

// Send stores the messages in several calls at a time. Pub/Sub does not remove
// duplicates: after an error, what was stored is stored twice when all is sent
// again.
func (d *Driver) Send(ctx context.Context, messages []queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, m := range messages {
		if len(m.Body) > maxBodyBytes {
			return fmt.Errorf("message %q: %w: %d bytes, at most %d", m.ID, errBodyTooLarge, len(m.Body), maxBodyBytes)
		}
	}
	var (
		calls errgroup.Group
		stop  atomic.Bool // after a failure no further call begins
	)
	calls.SetLimit(sendWindow)
	for _, batch := range split(messages, batchBytes) {
		calls.Go(func() error {
			if stop.Load() {
				return nil
			}
			err := d.sendBatch(ctx, batch)
			if err != nil {
				stop.Store(true)
			}
			return err
		})
	}
	return calls.Wait()
}

// split cuts messages into batches that Pub/Sub takes.
func split(all []queue.Message, mostBytes int) [][]queue.Message {
	var batches [][]queue.Message
	first, size := 0, 0
	for i, m := range all {
		bytes := len(m.Body) + messageBytes
		if i > first && (i-first == batchMessages || size+bytes > mostBytes) {
			batches = append(batches, all[first:i])
			first, size = i, 0
		}
		size += bytes
	}
	if first < len(all) {
		batches = append(batches, all[first:])
	}
	return batches
}

// sendBatch stores all of a batch or fails. It tries again only what was
// certainly not stored.
func (d *Driver) sendBatch(ctx context.Context, batch []queue.Message) error {
	for tries := 1; ; tries++ {
		err := d.trySend(ctx, batch)
		if err == nil || kindOf(err) != queue.KindThrottled || tries == sendTries {
			return err
		}
		if ended := d.pause(ctx, tries); ended != nil {
			return fmt.Errorf("%w while waiting to try again after: %w", ended, err)
		}
	}
}

// trySend is one call, of which Pub/Sub stores all messages or none.
func (d *Driver) trySend(ctx context.Context, batch []queue.Message) error {
	in := &pubsubpb.PublishRequest{Topic: d.address.topicPath(), Messages: make([]*pubsubpb.PubsubMessage, len(batch))}
	for i, m := range batch {
		in.Messages[i] = encode(m.Body)
	}
	var out *pubsubpb.PublishResponse
	err := d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		out, err = d.clients.publisher.Publish(ctx, in)
		return err
	})
	if err == nil && len(out.MessageIds) != len(batch) {
		err = errUnanswered
	}
	if err != nil {
		return fmt.Errorf("%d messages from %q on: %w", len(batch), batch[0].ID, err)
	}
	return nil
}

// backOff sleeps a random time after the given number of failed tries.
func backOff(ctx context.Context, failed int) error {
	return queue.Sleep(ctx, time.Duration(rand.Float64()*float64(sendBackOff<<(failed-1))))
}
