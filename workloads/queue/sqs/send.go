package sqs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

const (
	// sendWindow is how many calls of one Send may be under way.
	sendWindow = 8
	// sendTries is how often Send tries messages that SQS did not store for a
	// reason that may pass. queue.Queue would send all anew, and so twice what
	// was stored.
	sendTries = 3
	// sendBackOff bounds the wait after the first try; it doubles.
	sendBackOff = 100 * time.Millisecond
)

// outgoing is a message as it is sent.
type outgoing struct {
	id   string
	body encoded
}

// Send stores the messages by ten in several calls at a time. SQS does not
// remove duplicates: after an error, what was stored is stored twice when all
// is sent again.
func (d *Driver) Send(ctx context.Context, messages []queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	all := make([]outgoing, len(messages))
	for i, m := range messages {
		if most := maxBodyBytes(d.messageBytes); len(m.Body) > most {
			return fmt.Errorf("message %q: %w: %d bytes, at most %d", m.ID, errBodyTooLarge, len(m.Body), most)
		}
		all[i] = outgoing{m.ID, encode(m.Body)}
	}
	var (
		calls = make(chan struct{}, sendWindow)
		under sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	for _, batch := range split(all, maxMessageBytes) {
		calls <- struct{}{}
		mu.Lock()
		stop := len(errs) > 0
		mu.Unlock()
		if stop {
			break
		}
		under.Go(func() {
			err := d.sendBatch(ctx, batch)
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
			<-calls
		})
	}
	under.Wait()
	return errors.Join(errs...)
}

// split cuts messages into batches that SQS takes.
func split(all []outgoing, mostBytes int) [][]outgoing {
	var batches [][]outgoing
	first, size := 0, 0
	for i, m := range all {
		if i > first && (i-first == batchEntries || size+m.body.size() > mostBytes) {
			batches = append(batches, all[first:i])
			first, size = i, 0
		}
		size += m.body.size()
	}
	if first < len(all) {
		batches = append(batches, all[first:])
	}
	return batches
}

// sendBatch stores all of a batch or fails.
func (d *Driver) sendBatch(ctx context.Context, batch []outgoing) error {
	for tries := 1; ; tries++ {
		again, err := d.trySend(ctx, batch)
		if err == nil || len(again) == 0 || tries == sendTries {
			return err
		}
		if ended := d.pause(ctx, tries); ended != nil {
			return fmt.Errorf("%w while waiting to try again after: %w", ended, err)
		}
		batch = again
	}
}

// trySend is one call. Beside an error it returns the messages that were not
// stored and may be tried again, or none if that is no use.
func (d *Driver) trySend(ctx context.Context, batch []outgoing) (again []outgoing, err error) {
	entries := make([]types.SendMessageBatchRequestEntry, len(batch))
	for i, m := range batch {
		entries[i] = types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: &m.body.text, MessageAttributes: m.body.attributes,
		}
	}
	var out *awssqs.SendMessageBatchOutput
	err = d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		out, err = d.client.SendMessageBatch(ctx, &awssqs.SendMessageBatchInput{QueueUrl: &d.queueURL, Entries: entries})
		return err
	})
	if err != nil {
		err = fmt.Errorf("%d messages from %q on: %w", len(batch), batch[0].id, err)
		if kindOf(err) == queue.KindThrottled {
			return batch, err
		}
		return nil, err
	}
	return notStored(batch, out)
}

// notStored reads the answers to each message of a batch as trySend returns them.
func notStored(batch []outgoing, out *awssqs.SendMessageBatchOutput) (again []outgoing, err error) {
	refusals := map[string]types.BatchResultErrorEntry{}
	for _, e := range out.Failed {
		refusals[aws.ToString(e.Id)] = e
	}
	stored := map[string]bool{}
	for _, e := range out.Successful {
		stored[aws.ToString(e.Id)] = true
	}
	var errs []error
	final := false
	for i, m := range batch {
		id := strconv.Itoa(i)
		refusal, refused := refusals[id]
		switch {
		case refused:
			errs = append(errs, fmt.Errorf("message %q: %w", m.id, entryError(refusal)))
			final = final || refusal.SenderFault
			again = append(again, m)
		case !stored[id]:
			errs = append(errs, fmt.Errorf("message %q: %w", m.id, errUnanswered))
			final = true
		}
	}
	if final {
		again = nil
	}
	return again, errors.Join(errs...)
}

// backOff sleeps a random time after the given number of failed tries.
func backOff(ctx context.Context, failed int) error {
	return queue.Sleep(ctx, time.Duration(rand.Float64()*float64(sendBackOff<<(failed-1))))
}
