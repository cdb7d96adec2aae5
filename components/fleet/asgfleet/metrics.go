package asgfleet

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// metric is a number that AWS reports every minute. There is one sample a
// minute, so its maximum is itself.
type metric struct{ namespace, name, dimension string }

// metrics by the names that expressions use.
var metrics = map[string]metric{
	"visible":   {"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"},
	"inFlight":  {"AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName"},
	"instances": {"AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName"},
	"wanted":    {"AWS/AutoScaling", "GroupDesiredCapacity", "AutoScalingGroupName"},
}

const statistic = pulumi.String("Maximum")

// of is whose number a metric is: the queue's or the group's.
func (p *plan) of(m metric) pulumi.StringInput {
	if m.dimension == "QueueName" {
		return p.args.Queue.ID.ApplyT(queueName).(pulumi.StringOutput)
	}
	return p.group.Name
}

// trackedMetrics are metrics in the form that target tracking takes.
func (p *plan) trackedMetrics(ids ...string) autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArray {
	var list autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArray
	for _, id := range ids {
		m := metrics[id]
		list = append(list, autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs{
			Id: pulumi.String(id), ReturnData: pulumi.Bool(false),
			MetricStat: autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatArgs{
				Stat: statistic,
				Metric: autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs{
					Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name),
					Dimensions: autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArray{
						autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs{
							Name: pulumi.String(m.dimension), Value: p.of(m),
						},
					},
				},
			},
		})
	}
	return list
}

var word = regexp.MustCompile(`[A-Za-z]+`)

// watched is an expression in the form that alarms take, with the metrics that
// it names.
func (p *plan) watched(expression string) cloudwatch.MetricAlarmMetricQueryArray {
	list := cloudwatch.MetricAlarmMetricQueryArray{cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("result"), Expression: pulumi.String(expression), ReturnData: pulumi.Bool(true),
	}}
	words := word.FindAllString(expression, -1)
	slices.Sort(words)
	for _, id := range slices.Compact(words) {
		m, ok := metrics[id]
		if !ok { // a function
			continue
		}
		list = append(list, cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(m.namespace), MetricName: pulumi.String(m.name), Stat: statistic, Period: pulumi.Int(periodSeconds),
				Dimensions: pulumi.StringMap{m.dimension: p.of(m)},
			},
		})
	}
	return list
}
