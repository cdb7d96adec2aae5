package pubsubqueue_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/pubsubqueue"
)

func TestTheRealProviderPreviewsTheQueueAndItsGrants(t *testing.T) {
	d := driver(t, func(o *pubsubqueue.Options) {
		o.KMSKeyName, o.ExactlyOnce, o.AllowedRegions = pulumi.String(keyName), true, []string{"europe-west1"}
	})
	got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		q, err := queue.New(ctx, "jobs", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 31 * 24}, opts...)
		if err != nil {
			return err
		}
		return d.GrantConsume(ctx, "jobs-worker", q.Binding, pulumi.String(worker), pulumi.Parent(q))
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create spotgrid:queue:Queue jobs",
		"create spotgrid:queue:Queue$gcp:pubsub/subscription:Subscription jobs-dead",
		"create spotgrid:queue:Queue$gcp:pubsub/subscription:Subscription jobs-work",
		"create spotgrid:queue:Queue$gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember jobs-work-to-dead",
		"create spotgrid:queue:Queue$gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember jobs-worker-give-up-settings",
		"create spotgrid:queue:Queue$gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember jobs-worker-take",
		"create spotgrid:queue:Queue$gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember jobs-worker-take-settings",
		"create spotgrid:queue:Queue$gcp:pubsub/topic:Topic jobs-dead",
		"create spotgrid:queue:Queue$gcp:pubsub/topic:Topic jobs-work",
		"create spotgrid:queue:Queue$gcp:pubsub/topicIAMMember:TopicIAMMember jobs-dead-from-work",
		"create spotgrid:queue:Queue$gcp:pubsub/topicIAMMember:TopicIAMMember jobs-worker-give-up",
	}, got)
}

func TestTheRealProviderRefusesAMemberOfNoKind(t *testing.T) {
	d := driver(t, nil)
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		q, err := queue.New(ctx, "jobs", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96}, opts...)
		if err != nil {
			return err
		}
		return d.GrantSend(ctx, "jobs-submit", q.Binding, pulumi.String("worker@acme-grid.iam.gserviceaccount.com"), pulumi.Parent(q))
	})
	assert.ErrorContains(t, err, "invalid value for member")
}

func TestTheRealProviderRefusesAPropertyThatPubSubDoesNotHave(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		s := &pulumi.CustomResourceState{}
		return ctx.RegisterResource("gcp:pubsub/subscription:Subscription", "jobs", pulumi.Map{
			"topic": pulumi.String("projects/acme-grid/topics/jobs"), "visibilityTimeoutSeconds": pulumi.Int(90),
		}, s, opts...)
	})
	assert.ErrorContains(t, err, "visibilityTimeoutSeconds")
}
