// Package pubsub is the queue driver for Google Cloud Pub/Sub: the queue of a
// grid on Google Cloud. Topics and subscriptions are declared elsewhere; clients
// need only the URL that Open takes.
//
// A queue is one topic with one subscription that workers pull from. The
// subscription's ack deadline is the lease, as it was when the queue was opened;
// its dead-letter policy moves messages to another topic, whose subscription is
// opened like any other. What this driver adds to Pub/Sub, and what it cannot
// hide:
//
//   - Leases. Without exactly-once delivery Pub/Sub says yes to whatever is said
//     of a delivery whose ack deadline is over. The driver therefore keeps the
//     time of each lease itself and refuses (KindLeaseLost) once it ran out,
//     counted from when the message arrived or the last confirmed Extend began.
//     One Extend reaches one lease far, at most 10 minutes, so that the job of a
//     worker that is lost runs again soon. There is no limit to how often.
//   - Release is a nack, or an ack deadline of the delay. It counts as a
//     delivery, as a lease that ran out does. A subscription with a retry policy
//     holds released messages back for longer than asked for.
//   - Number counts deliveries, at best effort, where the subscription has a
//     dead-letter policy; else it is always 1, also for dead letters.
//   - Duplicates are not removed: Message.ID serves in errors only. Pub/Sub may
//     also move one message to the dead-letter topic twice.
//   - Pub/Sub does not tell how many messages it has. Stats reads what Cloud
//     Monitoring says: minutes late, and waiting and leased messages together.
//   - A Receive that is cancelled leaves its call running, since Pub/Sub may be
//     about to hand out messages to it. The next Receive takes the call over, or
//     the messages are given back, which counts as a delivery. Close ends such
//     calls; a message that is on its way then comes back after its lease.
//
// Receivers and senders open the same URL, pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC.
// Both need pubsub.subscriptions.get on the subscription; receivers need
// pubsub.subscriptions.consume there as well, senders pubsub.topics.publish on
// the topic, and Stats needs monitoring.timeSeries.list on the project.
//
// The URL pubsub://PROJECT?topic=TOPIC is that of a queue that can only be sent
// to, since what takes its messages is no worker: a function's, to which Pub/Sub
// pushes them. Opening it calls nothing; sending needs pubsub.topics.publish, and
// a topic that is not there is found when something is sent. Everything else
// fails with KindUnsupported.
package pubsub

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
	"github.com/spotgrid/spotgrid/workloads/queue/pubsub/backlog"
)

// Limits and timings of the driver.
const (
	// MaxBatch is the most messages Receive returns at once.
	MaxBatch = 100
	// maxBodyBytes is the largest body, so that a job that runs here runs
	// elsewhere: what SQS takes, if it is text. Pub/Sub itself takes 10 MB in a
	// call (MaxPublishRequestBytes of Google's Go client).
	maxBodyBytes = 256 << 10
	// answerTimeout is how long a service may take to answer, beside the wait
	// asked for.
	answerTimeout = 10 * time.Second
)

// Driver is one queue. It is safe for concurrent use.
type Driver struct {
	clients *clients
	address address
	lease   time.Duration
	counter counter
	now     func() time.Time
	// pause waits before a part of a Send is tried again.
	pause func(ctx context.Context, failed int) error

	// life ends when the driver is closed.
	life    context.Context
	end     context.CancelFunc
	closing sync.Once
	polls   polls
	acked   leaseclock.Recent // what this driver removed lately
}

var (
	_ queue.Driver = (*Driver)(nil)
	_ queue.Opener = Open
)

// Open connects to the queue at pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC, which
// has to be there, or to the one at pubsub://PROJECT?topic=TOPIC, to send only.
// Credentials are the application default ones of Google Cloud, the machine's
// service account among them. The variable PUBSUB_EMULATOR_HOST names an emulator
// instead, whose messages are counted where SPOTGRID_MONITORING_ENDPOINT says, if
// it says.
func Open(ctx context.Context, u *url.URL) (queue.Driver, error) {
	a, err := parse(u)
	if err != nil {
		return nil, err
	}
	return open(ctx, a, places{emulator: os.Getenv(emulatorVariable), monitoring: os.Getenv(backlog.Variable)})
}

// places are where the services are, if not where Google has them.
type places struct{ emulator, monitoring string }

func open(ctx context.Context, a address, at places) (queue.Driver, error) {
	c, err := connect(ctx, at.emulator)
	if err != nil {
		return nil, failed(queue.OpOpen, a.name(), err)
	}
	d := newDriver(c, a)
	if a.subscription == "" {
		return sender{d}, nil
	}
	if at.emulator != "" && at.monitoring == "" {
		d.counter = uncounted{}
	}
	if err := d.readSettings(ctx); err != nil {
		_ = d.Close() // the first error says more
		return nil, failed(queue.OpOpen, a.name(), openError(a, err))
	}
	return d, nil
}

func newDriver(c *clients, a address) *Driver {
	d := &Driver{clients: c, address: a, counter: &monitored{address: a, now: time.Now}, now: time.Now, pause: backOff}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// deletedTopic is what Pub/Sub names as the topic of a subscription whose topic
// was deleted (API reference, Subscription.topic).
const deletedTopic = "_deleted-topic_"

// readSettings asks Pub/Sub how the subscription is declared.
func (d *Driver) readSettings(ctx context.Context) error {
	var s *pubsubpb.Subscription
	err := d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		s, err = d.clients.subscriber.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: d.address.subscriptionPath()})
		return err
	})
	switch {
	case err != nil:
		return err
	case s.Topic == deletedTopic:
		return errNoTopic
	case s.Topic != d.address.topicPath():
		return fmt.Errorf("its subscription receives from %q and not from topic %q of the URL: what is sent would not arrive", s.Topic, d.address.topic)
	case s.GetPushConfig().GetPushEndpoint() != "" || s.BigqueryConfig != nil || s.CloudStorageConfig != nil:
		return errPushed
	}
	d.lease = time.Duration(s.AckDeadlineSeconds) * time.Second
	return nil
}

// Lease is the subscription's ack deadline when the queue was opened.
func (d *Driver) Lease() time.Duration { return d.lease }

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) queue.Kind { return kindOf(err) }

// Caps are the driver's limits.
func (d *Driver) Caps() queue.Caps {
	return queue.Caps{
		MaxBodyBytes: maxBodyBytes, MaxBatch: MaxBatch, LeaseLostIsSeen: true,
		StatsLag: backlog.Lag, CountsTogether: true,
	}
}

// Close ends all calls; messages that are being given back get giveBackTimeout
// for that. Twice is nil.
func (d *Driver) Close() error {
	var err error
	d.closing.Do(func() {
		d.end()
		d.polls.close()
		err = d.clients.close()
	})
	return err
}
