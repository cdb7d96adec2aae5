// Package sqs is the queue driver for Amazon SQS: the queue of a grid on AWS.
// Queues are declared elsewhere; clients need only the URL that Open takes.
//
// A queue is a standard queue. Its visibility timeout is the lease, as it was
// when the queue was opened; its redrive policy moves messages to the
// dead-letter queue, which is opened like any other. What this driver adds to
// SQS, and what it cannot hide:
//
//   - Leases. SQS takes words about a message from whoever once received it, and
//     may say yes without doing anything. The driver therefore keeps the time of
//     each lease itself and refuses (KindLeaseLost) once it ran out, counted from
//     when the message arrived or the last confirmed Extend began.
//   - A message can be held for 12 h in all; then Extend fails.
//   - Duplicates are not removed: Message.ID serves in errors only.
//   - Number counts what SQS counts, deliveries in all queues: a dead letter's
//     goes on from those of the queue it comes from.
//   - A Receive that is cancelled leaves its call running, since SQS may be about
//     to hand out messages to it. The next Receive takes the call over, or the
//     messages are given back. Close ends such calls; a message that is on its
//     way then comes back after its lease.
package sqs

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// Limits and timings of the driver.
const (
	// MaxBatch is the most messages Receive returns at once: ten calls of ten.
	MaxBatch = 100
	// batchEntries is the most that one call of SQS takes or gives.
	batchEntries = 10
	// answerTimeout is how long SQS may take to answer, beside the wait asked for.
	answerTimeout = 10 * time.Second
	// statsLag is how long SQS says that its approximate counts may take to be
	// right, once nothing is sent any more. Source: GetQueueAttributes, SQS API
	// reference.
	statsLag = time.Minute
)

// Driver is one queue. It is safe for concurrent use.
type Driver struct {
	client       *awssqs.Client
	queueURL     string
	lease        time.Duration
	messageBytes int
	now          func() time.Time
	// pause waits before a part of a Send is tried again.
	pause func(ctx context.Context, failed int) error

	// life ends when the driver is closed.
	life     context.Context
	end      context.CancelFunc
	polls    polls
	deleting *deleter
	acked    leaseclock.Recent
}

var (
	_ queue.Driver = (*Driver)(nil)
	_ queue.Opener = Open
)

// Open connects to the queue at sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE.
// With another host, such as that of a VPC endpoint, the parameter region=REGION
// is needed. The environment variables AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SQS
// send the calls elsewhere; credentials come from the SDK's default chain.
// queue.KindNotFound: there is no such queue; queue.KindDenied: there are no
// credentials, or they may not use it.
func Open(ctx context.Context, u *url.URL) (queue.Driver, error) {
	a, err := parse(u)
	if err != nil {
		return nil, err
	}
	client, err := connect(ctx, a)
	if err != nil {
		return nil, failed(queue.OpOpen, a.name, err)
	}
	d := newDriver(client, a.queueURL())
	if err := d.readSettings(ctx); err != nil {
		d.end()
		return nil, failed(queue.OpOpen, a.name, openError(a, err))
	}
	return d, nil
}

func newDriver(client *awssqs.Client, queueURL string) *Driver {
	d := &Driver{client: client, queueURL: queueURL, now: time.Now, pause: backOff}
	d.life, d.end = context.WithCancel(context.Background())
	d.deleting = newDeleter(d.deleteBatch)
	return d
}

// readSettings asks SQS how the queue is declared.
func (d *Driver) readSettings(ctx context.Context) error {
	n, err := d.attributes(ctx, types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameMaximumMessageSize)
	if err != nil {
		return err
	}
	d.lease = time.Duration(n[types.QueueAttributeNameVisibilityTimeout]) * time.Second
	if d.lease == 0 {
		return errNoVisibility
	}
	d.messageBytes = min(maxMessageBytes, n[types.QueueAttributeNameMaximumMessageSize])
	return nil
}

// attributes reads attributes of the queue that are numbers.
func (d *Driver) attributes(ctx context.Context, names ...types.QueueAttributeName) (map[types.QueueAttributeName]int, error) {
	var out *awssqs.GetQueueAttributesOutput
	err := d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		out, err = d.client.GetQueueAttributes(ctx, &awssqs.GetQueueAttributesInput{QueueUrl: &d.queueURL, AttributeNames: names})
		return err
	})
	if err != nil {
		return nil, err
	}
	numbers := map[types.QueueAttributeName]int{}
	for _, name := range names {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return nil, fmt.Errorf("reading the queue's attribute %s: %w", name, err)
		}
		numbers[name] = n
	}
	return numbers, nil
}

// Stats counts the messages, as of up to statsLag ago.
func (d *Driver) Stats(ctx context.Context) (queue.Stats, error) {
	n, err := d.attributes(ctx, types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	if err != nil {
		return queue.Stats{}, err
	}
	return queue.Stats{
		Ready: n[types.QueueAttributeNameApproximateNumberOfMessages] +
			n[types.QueueAttributeNameApproximateNumberOfMessagesDelayed],
		Leased: n[types.QueueAttributeNameApproximateNumberOfMessagesNotVisible],
	}, nil
}

// Lease is the queue's visibility timeout when it was opened. The driver asks
// for it by number, so that a change counts when the queue is opened again.
func (d *Driver) Lease() time.Duration { return d.lease }

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) queue.Kind { return kindOf(err) }

// Caps are the driver's limits. The largest body is 196,584 bytes, or less as
// the queue's MaximumMessageSize says: 256 KiB in base64.
func (d *Driver) Caps() queue.Caps {
	return queue.Caps{MaxBodyBytes: maxBodyBytes(d.messageBytes), MaxBatch: MaxBatch, LeaseLostIsSeen: true, StatsLag: statsLag}
}

// Close ends all calls, those that were left after settleLimit; messages that
// are being given back get giveBackTimeout for that. Twice is nil.
func (d *Driver) Close() error {
	d.polls.settle(settleLimit)
	d.end()
	d.polls.close()
	return nil
}
