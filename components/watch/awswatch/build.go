package awswatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/watch"
)

// plan is one watch on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	args   watch.Args
	parent pulumi.ResourceOption
	topic  *sns.Topic
}

// Build implements watch.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a watch.Args, parent pulumi.ResourceOption) (*watch.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"topic", p.buildTopic}, {"subscriptions", p.buildSubscriptions}, {"alarms", p.buildAlarms}, {"notices", p.buildNotices},
		{"budget", p.buildMoney},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	return &watch.Binding{ID: p.topic.Arn}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) tags(child string) pulumi.StringMap {
	return awsvalue.TagMap(p.options.Tags, p.child(child))
}

// buildAlarms makes two for each queue.
func (p *plan) buildAlarms() error {
	for _, name := range slices.Sorted(maps.Keys(p.args.Queues)) {
		q := p.args.Queues[name]
		if err := p.buildAlarm(watch.Dead(name), "ApproximateNumberOfMessagesVisible", q.DeadLetterID, 0); err != nil {
			return err
		}
		old := float64(q.RetentionHours) * 3600 / 2
		if err := p.buildAlarm(watch.Old(name, q.RetentionHours), "ApproximateAgeOfOldestMessage", q.ID, old); err != nil {
			return err
		}
	}
	return nil
}

// periodSeconds is that of alarms: nothing of theirs is a matter of seconds.
const periodSeconds = 300

// buildAlarm is raised when the metric of a queue is above the threshold. No data
// is a queue that sleeps (SQS developer guide, available CloudWatch metrics).
func (p *plan) buildAlarm(a watch.Alarm, metric string, queueARN pulumi.StringOutput, threshold float64) error {
	_, err := cloudwatch.NewMetricAlarm(p.ctx, p.child(a.Name), &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String(p.args.Text(a)), Namespace: pulumi.String("AWS/SQS"), MetricName: pulumi.String(metric),
		Dimensions: pulumi.StringMap{"QueueName": queueARN.ApplyT(queueOf).(pulumi.StringOutput)},
		Statistic:  pulumi.String("Maximum"), Period: pulumi.Int(periodSeconds), EvaluationPeriods: pulumi.Int(1),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"), Threshold: pulumi.Float64(threshold),
		TreatMissingData: pulumi.String("notBreaching"), AlarmActions: pulumi.Array{p.topic.Arn}, OkActions: pulumi.Array{p.topic.Arn},
		Tags: p.tags(a.Name),
	}, p.parent)
	return err
}

// queueOf is the name in a queue's ARN.
func queueOf(arn string) (string, error) {
	part := strings.Split(arn, ":") // arn:PARTITION:sqs:REGION:ACCOUNT:NAME
	if len(part) != 6 || part[2] != "sqs" || part[5] == "" {
		return "", fmt.Errorf("queue is %q, want the ARN of one on SQS", arn)
	}
	return part[5], nil
}
