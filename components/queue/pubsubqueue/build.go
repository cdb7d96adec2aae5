package pubsubqueue

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
)

// Build implements queue.Driver. The work subscription comes last: from then on
// jobs may die, so what takes dead letters is there already.
func (d *Driver) Build(ctx *pulumi.Context, name string, a queue.Args, parent pulumi.ResourceOption) (*queue.Binding, error) {
	deadName, workName := naming.Child(name, "dead"), naming.Child(name, "work")
	deadTopic, err := d.topic(ctx, deadName, parent)
	if err != nil {
		return nil, err
	}
	dead, err := d.subscription(ctx, deadName, d.args(deadTopic, a.LeaseSeconds, longestHours), parent)
	if err != nil {
		return nil, err
	}
	publish, err := d.letAgentPublish(ctx, naming.Child(deadName, "from-work"), deadTopic, parent)
	if err != nil {
		return nil, err
	}
	workTopic, err := d.topic(ctx, workName, parent)
	if err != nil {
		return nil, err
	}
	if d.options.TopicOnly {
		return &queue.Binding{
			URL: d.sendURL(workTopic), ID: d.topicPath(workTopic),
			DeadLetterURL: d.url(dead, deadTopic), DeadLetterID: d.subscriptionPath(dead),
		}, nil
	}
	args := d.args(workTopic, a.LeaseSeconds, a.RetentionHours)
	args.DeadLetterPolicy = pubsub.SubscriptionDeadLetterPolicyArgs{
		DeadLetterTopic: d.topicPath(deadTopic), MaxDeliveryAttempts: pulumi.Int(a.MaxDeliveries),
	}
	work, err := d.subscription(ctx, workName, args, parent, pulumi.DependsOn([]pulumi.Resource{dead, publish}))
	if err != nil {
		return nil, err
	}
	if err := d.letAgentTake(ctx, naming.Child(workName, "to-dead"), work, parent); err != nil {
		return nil, err
	}
	return &queue.Binding{
		URL: d.url(work, workTopic), ID: d.subscriptionPath(work),
		DeadLetterURL: d.url(dead, deadTopic), DeadLetterID: d.subscriptionPath(dead),
	}, nil
}

func (d *Driver) topic(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*pubsub.Topic, error) {
	args := &pubsub.TopicArgs{Project: pulumi.String(d.options.Project), Labels: pulumi.ToStringMap(d.options.Labels)}
	if d.options.KMSKeyName != nil {
		args.KmsKeyName = d.options.KMSKeyName.ToStringOutput()
	}
	if len(d.options.AllowedRegions) > 0 {
		args.MessageStoragePolicy = pubsub.TopicMessageStoragePolicyArgs{
			AllowedPersistenceRegions: pulumi.ToStringArray(d.options.AllowedRegions),
		}
	}
	t, err := pubsub.NewTopic(ctx, name, args, parent)
	if err != nil {
		return nil, fmt.Errorf("registering topic %q: %w", name, err)
	}
	return t, nil
}

// args are what both subscriptions have.
//
// There is no retry policy: with one, Pub/Sub holds a message back after each
// nack and each lease that ran out, 10 seconds at first and up to 10 minutes.
// Our worker's Release is a nack when the job shall run elsewhere at once, as
// after a notice of interruption, and sets the ack deadline to the delay when
// it shall wait; the lost job of a lost worker shall run again as soon as its
// lease ends. Without a policy Pub/Sub delivers again as soon as it can (API
// reference, Subscription.retryPolicy).
func (d *Driver) args(topic *pubsub.Topic, leaseSeconds, retentionHours int) *pubsub.SubscriptionArgs {
	return &pubsub.SubscriptionArgs{
		Project:                  pulumi.String(d.options.Project),
		Topic:                    d.topicPath(topic),
		AckDeadlineSeconds:       pulumi.Int(leaseSeconds),
		MessageRetentionDuration: pulumi.Sprintf("%ds", retentionHours*3600),
		// A subscription that nobody uses for 31 days is deleted by default,
		// with the jobs in it; a grid that scales to zero may sleep longer.
		ExpirationPolicy:          pubsub.SubscriptionExpirationPolicyArgs{Ttl: pulumi.String("")},
		EnableExactlyOnceDelivery: pulumi.Bool(d.options.ExactlyOnce),
		// Ordering would let one slow job hold up those behind it.
		EnableMessageOrdering: pulumi.Bool(false),
		Labels:                pulumi.ToStringMap(d.options.Labels),
	}
}

func (d *Driver) subscription(ctx *pulumi.Context, name string, args *pubsub.SubscriptionArgs, opts ...pulumi.ResourceOption) (*pubsub.Subscription, error) {
	s, err := pubsub.NewSubscription(ctx, name, args, opts...)
	if err != nil {
		return nil, fmt.Errorf("registering subscription %q: %w", name, err)
	}
	return s, nil
}

func (d *Driver) topicPath(t *pubsub.Topic) pulumi.StringOutput {
	return pulumi.Sprintf("projects/%s/topics/%s", d.options.Project, t.Name)
}

func (d *Driver) subscriptionPath(s *pubsub.Subscription) pulumi.StringOutput {
	return pulumi.Sprintf("projects/%s/subscriptions/%s", d.options.Project, s.Name)
}
