package gcpwatch_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/watch"
	"github.com/spotgrid/spotgrid/components/watch/gcpwatch"
	"github.com/spotgrid/spotgrid/components/watch/watchtest"
)

var labels = map[string]string{"stack": "test"}

func options() gcpwatch.Options {
	return gcpwatch.Options{Project: gcptest.Project, ProjectNumber: gcptest.ProjectNumber, BillingAccount: "01AB23-4567CD-89EF01", Labels: labels}
}

var queues = map[string]watch.Queue{"jobs": watchtest.Queue(
	"pubsub://acme-grid/work?topic=work", "projects/acme-grid/subscriptions/work",
	"pubsub://acme-grid/dead?topic=dead", "projects/acme-grid/subscriptions/dead",
)}

func args() watch.Args {
	return watch.Args{Owner: "platform", RunbookURL: "https://example.com/runbook", Mails: []string{"a@example.com"}, MonthlyBudgetUSD: 500, Queues: queues}
}

func TestConformance(t *testing.T) {
	watchtest.Run(t, gcpwatch.New(options()), gcptest.Compute, watchtest.Shape{
		Alarms: []string{"gcp:monitoring/alertPolicy:AlertPolicy"},
		Text: func(in resource.PropertyMap) string {
			return in["documentation"].ObjectValue()["content"].StringValue()
		},
		Actions: func(in resource.PropertyMap) int { return len(in["notificationChannels"].ArrayValue()) },
		Budgets: []string{"gcp:billing/budget:Budget"}, Valid: queues,
	})
}

// run declares a watch and checks its tree, twice.
func run(t *testing.T, o gcpwatch.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		_, err := watch.New(ctx, "grid-watch", gcpwatch.New(o), args())
		return err
	}, check)
}

func TestNoticesGoToPeopleAndToATopicThatIsNoPerson(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		var types []string
		for _, c := range tree.Of("gcp:monitoring/notificationChannel:NotificationChannel") {
			types = append(types, c.Inputs["type"].StringValue())
		}
		assert.ElementsMatch(t, []string{"pubsub", "email"}, types)
		retired := tree.One(t, "gcp:monitoring/alertPolicy:AlertPolicy", "grid-watch-retired").Inputs
		assert.Len(t, retired["notificationChannels"].ArrayValue(), 2)
		grants := gcptest.Grants(t, tree)
		require.Len(t, grants, 1)
		assert.Equal(t, "roles/pubsub.publisher", grants[0].Role)
	})
}

func TestAlertsLookAtTheRightSubscription(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		for name, want := range map[string]string{"grid-watch-jobs-dead": `subscription_id = "dead"`, "grid-watch-jobs-old": `subscription_id = "work"`} {
			condition := tree.One(t, "gcp:monitoring/alertPolicy:AlertPolicy", name).Inputs["conditions"].ArrayValue()[0].ObjectValue()["conditionThreshold"]
			assert.Contains(t, condition.ObjectValue()["filter"].StringValue(), want)
		}
	})
}

func TestNoticesAreProtectedWhereThatWasAskedFor(t *testing.T) {
	for _, protect := range []bool{true, false} {
		o := options()
		o.Protect = protect
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			for _, typ := range []string{"gcp:pubsub/topic:Topic", "gcp:pubsub/subscription:Subscription"} {
				assert.Equal(t, protect, tree.One(t, typ, "grid-watch-notices").Protect, typ)
			}
		})
	}
}

func TestWithoutABillingAccountThereIsNoBudget(t *testing.T) {
	o := options()
	o.BillingAccount = ""
	run(t, o, func(t *testing.T, tree *componenttest.Tree) { assert.Empty(t, tree.Of("gcp:billing/budget:Budget")) })
	o.BillingAccount = "acme"
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := watch.New(ctx, "grid-watch", gcpwatch.New(o), args())
		return err
	})
	assert.ErrorContains(t, err, `billing account is "acme"`)
}

func TestTheRealProviderPreviewsTheWatch(t *testing.T) {
	got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := watch.New(ctx, "grid-watch", gcpwatch.New(options()), args(), opts...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create spotgrid:watch:Watch grid-watch",
		"create spotgrid:watch:Watch$gcp:billing/budget:Budget grid-watch-budget",
		"create spotgrid:watch:Watch$gcp:monitoring/alertPolicy:AlertPolicy grid-watch-jobs-dead",
		"create spotgrid:watch:Watch$gcp:monitoring/alertPolicy:AlertPolicy grid-watch-jobs-old",
		"create spotgrid:watch:Watch$gcp:monitoring/alertPolicy:AlertPolicy grid-watch-retired",
		"create spotgrid:watch:Watch$gcp:monitoring/notificationChannel:NotificationChannel grid-watch-email-1",
		"create spotgrid:watch:Watch$gcp:monitoring/notificationChannel:NotificationChannel grid-watch-to-topic",
		"create spotgrid:watch:Watch$gcp:pubsub/subscription:Subscription grid-watch-notices",
		"create spotgrid:watch:Watch$gcp:pubsub/topic:Topic grid-watch-notices",
		"create spotgrid:watch:Watch$gcp:pubsub/topicIAMMember:TopicIAMMember grid-watch-notices-from-monitoring",
	}, got)
}
