package pubsubqueue_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/pubsubqueue"
)

const (
	memberTopic        = "gcp:pubsub/topicIAMMember:TopicIAMMember"
	memberSubscription = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
	worker             = "serviceAccount:worker@acme-grid.iam.gserviceaccount.com"
)

// granted are the roles of the worker with the paths they are given on; what a
// grant is called does not matter.
func granted(t *testing.T, tree *componenttest.Tree) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, g := range gcptest.Grants(t, tree) {
		if g.Member != worker {
			continue
		}
		for _, r := range append(tree.Of(memberTopic), tree.Of(memberSubscription)...) {
			for _, key := range []string{"topic", "subscription"} {
				if v, ok := r.Inputs.Mappable()[key].(string); ok && r.Name == g.On {
					found[v] = append(found[v], g.Role)
					slices.Sort(found[v])
				}
			}
		}
	}
	return found
}

func TestGrantsAllowWhatEachPartDoesAndNoMore(t *testing.T) {
	const (
		work, dead           = paths + "subscriptions/jobs-work-1a2b3c4", paths + "subscriptions/jobs-dead-1a2b3c4"
		workTopic, deadTopic = paths + "topics/jobs-work-1a2b3c4", paths + "topics/jobs-dead-1a2b3c4"
		take, look, publish  = "roles/pubsub.subscriber", "roles/pubsub.viewer", "roles/pubsub.publisher"
	)
	type grant func(*pubsubqueue.Driver, *pulumi.Context, string, queue.Binding, pulumi.StringInput, pulumi.ResourceOption) error
	for name, c := range map[string]struct {
		grant grant
		want  map[string][]string
	}{
		"consume": {(*pubsubqueue.Driver).GrantConsume, map[string][]string{work: {take, look}, deadTopic: {publish}, dead: {look}}},
		"receive": {(*pubsubqueue.Driver).GrantReceive, map[string][]string{work: {take, look}}},
		"send":    {(*pubsubqueue.Driver).GrantSend, map[string][]string{workTopic: {publish}, work: {look}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := driver(t, nil)
			program := func(ctx *pulumi.Context) error {
				q, err := queue.New(ctx, "jobs", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96})
				if err != nil {
					return err
				}
				return c.grant(d, ctx, "jobs-worker", q.Binding, pulumi.String(worker), pulumi.Parent(q))
			}
			componenttest.Run(t, gcptest.Compute, program, func(t *testing.T, tree *componenttest.Tree) {
				if got := granted(t, tree); len(got) > 0 { // else a preview: the paths are not known yet
					assert.Equal(t, c.want, got)
				}
				roles := 0
				for _, on := range c.want {
					roles += len(on)
				}
				assert.Len(t, gcptest.Grants(t, tree), roles+2, "and two of Pub/Sub's own")
			})
		})
	}
}

func TestWhoSendsToATopicOnlyMayPublishThere(t *testing.T) {
	d := driver(t, func(o *pubsubqueue.Options) { o.TopicOnly = true })
	program := func(ctx *pulumi.Context) error {
		q, err := queue.New(ctx, "calls", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96})
		if err != nil {
			return err
		}
		return d.GrantSend(ctx, "calls-sender", q.Binding, pulumi.String(worker), pulumi.Parent(q))
	}
	componenttest.Run(t, gcptest.Compute, program, func(t *testing.T, tree *componenttest.Tree) {
		if got := granted(t, tree); len(got) > 0 {
			assert.Equal(t, map[string][]string{paths + "topics/calls-work-1a2b3c4": {"roles/pubsub.publisher"}}, got)
		}
		assert.Len(t, tree.Of("gcp:pubsub/subscription:Subscription"), 1, "of dead letters; who takes the others makes one")
	})
}
