package pubsubqueue

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
)

// The roles, each given on one topic or subscription only. What they allow is
// in the Pub/Sub documentation, Access control.
const (
	publisher  = "roles/pubsub.publisher"  // publish to the topic
	subscriber = "roles/pubsub.subscriber" // receive, extend and acknowledge
	viewer     = "roles/pubsub.viewer"     // read how it is declared, no message
)

// letAgentPublish lets Pub/Sub put dead letters into the topic.
func (d *Driver) letAgentPublish(ctx *pulumi.Context, name string, dead *pubsub.Topic, parent pulumi.ResourceOption) (pulumi.Resource, error) {
	return member(ctx, name, publisher, onTopic(d.topicPath(dead)), d.ServiceAgent(), parent)
}

// letAgentTake lets Pub/Sub take dead letters out of the work subscription:
// forwarding one acknowledges it there.
func (d *Driver) letAgentTake(ctx *pulumi.Context, name string, work *pubsub.Subscription, parent pulumi.ResourceOption) error {
	_, err := member(ctx, name, subscriber, onSubscription(d.subscriptionPath(work)), d.ServiceAgent(), parent)
	return err
}

// GrantConsume lets a member, such as serviceAccount:EMAIL, work a queue's jobs:
// take and keep and remove them, and send those that failed for good to the
// dead-letter queue, with what it knows of the failure. Names start with name.
//
// The grants of GrantConsume, GrantReceive and GrantSend overlap. A member that
// got one role on one queue from two of them loses it when either is removed,
// until the next `pulumi up --refresh`: give a member one of them for a queue.
func (d *Driver) GrantConsume(ctx *pulumi.Context, name string, b queue.Binding, who pulumi.StringInput, parent pulumi.ResourceOption) error {
	return errors.Join(
		d.GrantReceive(ctx, name, b, who, parent),
		// The dead-letter queue's subscription is only looked at: whoever opens
		// a queue reads how it is declared.
		send(ctx, naming.Child(name, "give-up"), b.DeadLetterURL, b.DeadLetterID, who, parent),
	)
}

// GrantReceive lets a member take a queue's messages, keep and remove them.
func (d *Driver) GrantReceive(ctx *pulumi.Context, name string, b queue.Binding, who pulumi.StringInput, parent pulumi.ResourceOption) error {
	_, take := member(ctx, naming.Child(name, "take"), subscriber, onSubscription(b.ID), who, parent)
	// The subscriber's role does not hold pubsub.subscriptions.get, by which a
	// worker learns how long its leases are.
	_, look := member(ctx, naming.Child(name, "take-settings"), viewer, onSubscription(b.ID), who, parent)
	return errors.Join(take, look)
}

// GrantSend lets a member put jobs into a queue.
func (d *Driver) GrantSend(ctx *pulumi.Context, name string, b queue.Binding, who pulumi.StringInput, parent pulumi.ResourceOption) error {
	if d.options.TopicOnly { // there is no subscription to look at
		_, err := member(ctx, naming.Child(name, "send"), publisher, onTopic(b.ID), who, parent)
		return err
	}
	return send(ctx, naming.Child(name, "send"), b.URL, b.ID, who, parent)
}

func send(ctx *pulumi.Context, name string, queueURL, subscription, who pulumi.StringInput, parent pulumi.ResourceOption) error {
	_, publish := member(ctx, name, publisher, onTopic(Topic(queueURL)), who, parent)
	_, look := member(ctx, naming.Child(name, "settings"), viewer, onSubscription(subscription), who, parent)
	return errors.Join(publish, look)
}

// place is a topic or a subscription by its path.
type place struct{ topic, subscription pulumi.StringInput }

func onTopic(path pulumi.StringInput) place        { return place{topic: path} }
func onSubscription(path pulumi.StringInput) place { return place{subscription: path} }

// member registers one member's role in one place.
func member(ctx *pulumi.Context, name, role string, on place, who pulumi.StringInput, parent pulumi.ResourceOption) (r pulumi.Resource, err error) {
	if on.topic != nil {
		r, err = pubsub.NewTopicIAMMember(ctx, name, &pubsub.TopicIAMMemberArgs{
			Topic: on.topic, Role: pulumi.String(role), Member: who,
		}, parent)
	} else {
		r, err = pubsub.NewSubscriptionIAMMember(ctx, name, &pubsub.SubscriptionIAMMemberArgs{
			Subscription: on.subscription, Role: pulumi.String(role), Member: who,
		}, parent)
	}
	if err != nil {
		return nil, fmt.Errorf("registering grant %q: %w", name, err)
	}
	return r, nil
}
