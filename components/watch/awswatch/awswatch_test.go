package awswatch_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/watch"
	"github.com/spotgrid/spotgrid/components/watch/awswatch"
	"github.com/spotgrid/spotgrid/components/watch/watchtest"
)

const keyARN = "arn:aws:kms:eu-west-1:123456789012:key/grid-key"

var tags = map[string]string{"stack": "test"}

func options() awswatch.Options {
	return awswatch.Options{Region: awstest.Region, AccountID: pulumi.String(awstest.Account), KMSKeyARN: pulumi.String(keyARN), LogDays: 90, Tags: tags}
}

var queues = map[string]watch.Queue{"jobs": watchtest.Queue(
	"sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "arn:aws:sqs:eu-west-1:123456789012:jobs",
	"sqs://sqs.eu-west-1.amazonaws.com/123456789012/dead", "arn:aws:sqs:eu-west-1:123456789012:dead",
)}

func args() watch.Args {
	return watch.Args{Owner: "platform", RunbookURL: "https://example.com/runbook", Mails: []string{"a@example.com"}, MonthlyBudgetUSD: 500, Queues: queues}
}

func TestConformance(t *testing.T) {
	watchtest.Run(t, awswatch.New(options()), awstest.Compute, watchtest.Shape{
		Alarms:  []string{"aws:cloudwatch/metricAlarm:MetricAlarm"},
		Text:    func(in resource.PropertyMap) string { return in["alarmDescription"].StringValue() },
		Actions: func(in resource.PropertyMap) int { return len(in["alarmActions"].ArrayValue()) },
		Budgets: []string{"aws:budgets/budget:Budget"}, Valid: queues,
	})
}

// run declares a watch and checks its tree, twice.
func run(t *testing.T, o awswatch.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) error {
		_, err := watch.New(ctx, "grid-watch", awswatch.New(o), args())
		return err
	}, check)
}

func TestNoticesGoToPeopleAndToALogThatIsNoPerson(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		assert.Len(t, tree.Of("aws:sns/topicSubscription:TopicSubscription"), 1)
		assert.Len(t, tree.Of("aws:cloudwatch/eventTarget:EventTarget"), 2)
		rule := tree.One(t, "aws:cloudwatch/eventRule:EventRule", "grid-watch-retired").Inputs
		assert.Contains(t, rule["eventPattern"].StringValue(), `"aws.health"`)
		assert.LessOrEqual(t, len(rule["description"].StringValue()), 512, "EventBridge takes no more")
	})
}

func TestNobodyTellsTheTopicButServicesOfTheAccount(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		statements := awstest.Policies(t, tree)["grid-watch-notices-policy"]
		if statements == nil {
			return // a preview: the topic is not known
		}
		require.Len(t, statements, 5)
		assert.Equal(t, "Deny", statements[0].Effect)
		for _, s := range statements[1:] {
			assert.Equal(t, awstest.Account, s.Condition["StringEquals"]["aws:SourceAccount"], s.Sid)
		}
	})
}

func TestAlarmsLookAtTheRightQueue(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		dead := tree.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "grid-watch-jobs-dead").Inputs
		old := tree.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "grid-watch-jobs-old").Inputs
		assert.Equal(t, "dead", dead["dimensions"].ObjectValue()["QueueName"].StringValue())
		assert.Equal(t, "jobs", old["dimensions"].ObjectValue()["QueueName"].StringValue())
		assert.Equal(t, 48*3600.0, old["threshold"].NumberValue())
	})
}

func TestEmulatorsKnowNoMoney(t *testing.T) {
	o := options()
	o.WithoutMoney = true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:budgets/budget:Budget"))
		assert.Empty(t, tree.Of("aws:costexplorer/anomalyMonitor:AnomalyMonitor"))
	})
}

func TestTheRealProviderPreviewsTheWatch(t *testing.T) {
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := watch.New(ctx, "grid-watch", awswatch.New(options()), args(), opts...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:watch:Watch grid-watch",
		"create spotgrid:watch:Watch$aws:budgets/budget:Budget grid-watch-budget",
		"create spotgrid:watch:Watch$aws:cloudwatch/eventRule:EventRule grid-watch-retired",
		"create spotgrid:watch:Watch$aws:cloudwatch/eventTarget:EventTarget grid-watch-retired-to-log",
		"create spotgrid:watch:Watch$aws:cloudwatch/eventTarget:EventTarget grid-watch-retired-to-topic",
		"create spotgrid:watch:Watch$aws:cloudwatch/logGroup:LogGroup grid-watch-log",
		"create spotgrid:watch:Watch$aws:cloudwatch/logResourcePolicy:LogResourcePolicy grid-watch-log-policy",
		"create spotgrid:watch:Watch$aws:cloudwatch/metricAlarm:MetricAlarm grid-watch-jobs-dead",
		"create spotgrid:watch:Watch$aws:cloudwatch/metricAlarm:MetricAlarm grid-watch-jobs-old",
		"create spotgrid:watch:Watch$aws:costexplorer/anomalyMonitor:AnomalyMonitor grid-watch-anomalies",
		"create spotgrid:watch:Watch$aws:costexplorer/anomalySubscription:AnomalySubscription grid-watch-anomalies-told",
		"create spotgrid:watch:Watch$aws:sns/topic:Topic grid-watch-notices",
		"create spotgrid:watch:Watch$aws:sns/topicPolicy:TopicPolicy grid-watch-notices-policy",
		"create spotgrid:watch:Watch$aws:sns/topicSubscription:TopicSubscription grid-watch-email-1",
	}, got)
}
