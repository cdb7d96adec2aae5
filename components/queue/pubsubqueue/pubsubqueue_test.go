package pubsubqueue_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/pubsubqueue"
	"github.com/spotgrid/spotgrid/components/queue/queuetest"
)

const (
	topicType        = "gcp:pubsub/topic:Topic"
	subscriptionType = "gcp:pubsub/subscription:Subscription"
	keyName          = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/jobs"
	agent            = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
	paths            = "projects/acme-grid/"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

// driver makes a driver; change may be nil.
func driver(t *testing.T, change func(*pubsubqueue.Options)) *pubsubqueue.Driver {
	t.Helper()
	o := pubsubqueue.Options{Project: gcptest.Project, ProjectNumber: pulumi.String(gcptest.ProjectNumber), Labels: labels}
	if change != nil {
		change(&o)
	}
	d, err := pubsubqueue.New(o)
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) { queuetest.Run(t, driver(t, nil), gcptest.Compute) }

// run declares one queue with the driver and checks its tree, twice. In a
// preview the names are not known yet, so neither is what holds one.
func run(t *testing.T, d *pubsubqueue.Driver, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := queue.New(ctx, "jobs", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96})
		return err
	}
	componenttest.Run(t, gcptest.Compute, program, check)
}

// isOr asserts a text, where it is known.
func isOr(t *testing.T, want string, got resource.PropertyValue) {
	t.Helper()
	if got.IsString() {
		assert.Equal(t, want, got.StringValue())
	} else {
		assert.True(t, got.IsComputed() || got.IsOutput(), "%v is neither %s nor unknown", got, want)
	}
}

func TestTheQueueIsATopicAndASubscriptionAndTheSameForDeadLetters(t *testing.T) {
	run(t, driver(t, nil), func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		for _, name := range []string{"jobs-work", "jobs-dead"} {
			topic := tree.One(t, topicType, name).Inputs
			assert.Equal(t, gcptest.Project, topic["project"].StringValue(), name)
			assert.NotContains(t, topic, "kmsKeyName", name)
			assert.NotContains(t, topic, "messageStoragePolicy", name)
			s := tree.One(t, subscriptionType, name).Inputs
			assert.Equal(t, gcptest.Project, s["project"].StringValue(), name)
			isOr(t, paths+"topics/"+name+"-1a2b3c4", s["topic"])
			assert.Equal(t, 90.0, s["ackDeadlineSeconds"].NumberValue(), "%s: the lease", name)
			assert.Empty(t, s["expirationPolicy"].ObjectValue()["ttl"].StringValue(), "%s: it never expires", name)
			assert.Contains(t, s["expirationPolicy"].ObjectValue(), resource.PropertyKey("ttl"), name)
			assert.False(t, s["enableExactlyOnceDelivery"].BoolValue(), name)
			assert.False(t, s["enableMessageOrdering"].BoolValue(), name)
			assert.NotContains(t, s, "retryPolicy", "%s: a released job is there at once", name)
			assert.NotContains(t, s, "pushConfig", "%s: workers pull", name)
		}
	})
}

func TestAJobThatIsDeliveredTooOftenMovesToAQueueThatKeepsItForAMonth(t *testing.T) {
	run(t, driver(t, nil), func(t *testing.T, tree *componenttest.Tree) {
		work, dead := tree.One(t, subscriptionType, "jobs-work").Inputs, tree.One(t, subscriptionType, "jobs-dead").Inputs
		assert.Equal(t, "345600s", work["messageRetentionDuration"].StringValue(), "4 days")
		assert.Equal(t, "2678400s", dead["messageRetentionDuration"].StringValue(), "31 days")
		assert.NotContains(t, dead, "deadLetterPolicy", "a dead letter is never given up")
		policy := work["deadLetterPolicy"].ObjectValue()
		assert.Equal(t, 20.0, policy["maxDeliveryAttempts"].NumberValue())
		isOr(t, paths+"topics/jobs-dead-1a2b3c4", policy["deadLetterTopic"])
		granted := gcptest.Grants(t, tree)
		assert.ElementsMatch(t, []gcptest.Grant{
			{On: "jobs-dead-from-work", Role: "roles/pubsub.publisher", Member: agent},
			{On: "jobs-work-to-dead", Role: "roles/pubsub.subscriber", Member: agent},
		}, granted, "what Pub/Sub needs to move dead letters")
		isOr(t, paths+"topics/jobs-dead-1a2b3c4", tree.One(t, "gcp:pubsub/topicIAMMember:TopicIAMMember", "jobs-dead-from-work").Inputs["topic"])
		isOr(t, paths+"subscriptions/jobs-work-1a2b3c4", tree.One(t, "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", "jobs-work-to-dead").Inputs["subscription"])
	})
}

func TestWorkloadsOpenOneURLAndGrantsNameTheSubscription(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		q, err := queue.New(ctx, "jobs", driver(t, nil), queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96})
		require.NoError(t, err)
		for want, output := range map[string]pulumi.StringOutput{
			"pubsub://acme-grid/jobs-work-1a2b3c4?topic=jobs-work-1a2b3c4": q.URL,
			"pubsub://acme-grid/jobs-dead-1a2b3c4?topic=jobs-dead-1a2b3c4": q.DeadLetterURL,
			paths + "subscriptions/jobs-work-1a2b3c4":                      q.ID,
			paths + "subscriptions/jobs-dead-1a2b3c4":                      q.DeadLetterID,
			paths + "topics/jobs-dead-1a2b3c4":                             pubsubqueue.Topic(q.DeadLetterURL),
		} {
			got, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
			require.NoError(t, err)
			assert.Equal(t, want, got.Value)
		}
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}

func TestOptionsReachEveryTopicAndSubscription(t *testing.T) {
	d := driver(t, func(o *pubsubqueue.Options) {
		o.KMSKeyName, o.ExactlyOnce, o.AllowedRegions = pulumi.String(keyName), true, []string{"europe-west1", "europe-west4"}
	})
	run(t, d, func(t *testing.T, tree *componenttest.Tree) {
		require.Len(t, tree.Of(topicType), 2)
		for _, topic := range tree.Of(topicType) {
			assert.Equal(t, keyName, topic.Inputs["kmsKeyName"].StringValue())
			regions := topic.Inputs["messageStoragePolicy"].ObjectValue()["allowedPersistenceRegions"].ArrayValue()
			require.Len(t, regions, 2)
			assert.Equal(t, "europe-west4", regions[1].StringValue())
		}
		for _, s := range tree.Of(subscriptionType) {
			assert.True(t, s.Inputs["enableExactlyOnceDelivery"].BoolValue())
		}
	})
}

func TestEveryFaultOfTheOptionsIsReported(t *testing.T) {
	t.Parallel()
	_, err := pubsubqueue.New(pubsubqueue.Options{AllowedRegions: []string{"europe-west1", "europe-west1", "Belgium"}})
	for _, want := range []string{
		"reading options of queues on Pub/Sub: no project is given", "no project number is given",
		`allowed region is "europe-west1", want each once`, `allowed region is "Belgium"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}
