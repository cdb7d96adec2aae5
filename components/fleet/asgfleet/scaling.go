package asgfleet

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Three policies move the group, each with an alarm of its own:
//
//   - follow keeps backlog a machine at JobsPerWorker, where backlog is what
//     waits and what runs. Its alarms are AWS's own (target tracking): it adds
//     machines within minutes and takes some away after about a quarter of an
//     hour. Since its numbers are late, it may add more than it has to, up to
//     MaxWorkers.
//   - wake starts machines when jobs wait and none is wanted: with no machine,
//     a multiple of the capacity is no capacity.
//   - sleep goes down to MinWorkers when nothing has waited or run for
//     IdleSeconds.
//
// Where they disagree the larger capacity wins (EC2 Auto Scaling user guide,
// multiple dynamic scaling policies).
//
// SQS reports how many messages wait while a queue is active, that is up to six
// hours after it was last used, and how many are in flight only while some are
// (SQS developer guide, available CloudWatch metrics). Hence FILL for the
// latter alone: filling the former as well would take silence for an empty
// queue.
const (
	// followExpression takes JobsPerWorker. An empty queue is taken for one that
	// is just right: the last machines are for sleep to end, which makes sure
	// that nothing runs, and of two policies that want less the one that wants
	// more would win. Without a machine it divides by one, since nothing can be
	// divided by none.
	followExpression = "IF(visible + FILL(inFlight, 0) == 0, %d, (visible + FILL(inFlight, 0)) / IF(instances > 0, instances, 1))"
	wakeExpression   = "IF(wanted == 0, visible, 0)"
	// sleepExpression takes the least number of workers. While no more are
	// wanted it is never quiet: the alarm does not keep undoing what somebody
	// sets by hand, and whoever starts gets the whole of IdleSeconds.
	sleepExpression = "IF(wanted > %d, visible + FILL(inFlight, 0), 1)"

	// periodSeconds is how often SQS and Auto Scaling report.
	periodSeconds = 60
	// minQuietPeriods makes sure that quiet is not numbers that are late or
	// lost: FILL takes a minute for 0 until its number is there. An idleSeconds
	// of less than five minutes is five minutes.
	minQuietPeriods = 5
)

func (p *plan) buildScaling() error {
	if p.options.WithoutScaling {
		return nil
	}
	if err := p.buildFollow(); err != nil {
		return err
	}
	if p.args.MinWorkers == 0 {
		if err := p.buildWake(); err != nil {
			return err
		}
	}
	return p.buildSleep()
}

func (p *plan) buildFollow() error {
	metrics := p.trackedMetrics("visible", "inFlight", "instances")
	metrics = append(metrics, autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricArgs{
		Id: pulumi.String("backlog"), Label: pulumi.String("waiting and running jobs a machine"),
		Expression: pulumi.String(fmt.Sprintf(followExpression, p.args.JobsPerWorker)), ReturnData: pulumi.Bool(true),
	})
	_, err := autoscaling.NewPolicy(p.ctx, p.child("follow"), &autoscaling.PolicyArgs{
		AutoscalingGroupName: p.group.Name, PolicyType: pulumi.String("TargetTrackingScaling"),
		TargetTrackingConfiguration: autoscaling.PolicyTargetTrackingConfigurationArgs{
			TargetValue:                   pulumi.Float64(float64(p.args.JobsPerWorker)),
			CustomizedMetricSpecification: autoscaling.PolicyTargetTrackingConfigurationCustomizedMetricSpecificationArgs{Metrics: metrics},
		},
	}, p.parent)
	return err
}

// buildWake starts as many machines as the waiting jobs need, rounded down to a
// power of two; follow does the rest. No data is no reason to start: a queue
// that has slept tells of its first job a while later.
func (p *plan) buildWake() error {
	policy, err := autoscaling.NewPolicy(p.ctx, p.child("wake"), &autoscaling.PolicyArgs{
		AutoscalingGroupName: p.group.Name, PolicyType: pulumi.String("StepScaling"),
		// Never an exact capacity: this one must not take machines away.
		AdjustmentType: pulumi.String("ChangeInCapacity"), MetricAggregationType: pulumi.String("Maximum"),
		StepAdjustments: wakeSteps(p.args.JobsPerWorker, p.args.MaxWorkers),
	}, p.parent)
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewMetricAlarm(p.ctx, p.child("wake"), &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String("Jobs wait and no machine is wanted"),
		MetricQueries:    p.watched(wakeExpression), ComparisonOperator: pulumi.String("GreaterThanThreshold"), Threshold: pulumi.Float64(0),
		EvaluationPeriods: pulumi.Int(1), DatapointsToAlarm: pulumi.Int(1), TreatMissingData: pulumi.String("notBreaching"),
		AlarmActions: pulumi.Array{policy.Arn}, Tags: p.tagMap("wake"),
	}, p.parent)
	return err
}

// wakeSteps are bounds on the number of waiting jobs, the least first. A policy
// takes up to 20 of them (EC2 Auto Scaling user guide, quotas); 1,000 machines
// need 10.
func wakeSteps(jobsPerWorker, maxWorkers int) autoscaling.PolicyStepAdjustmentArray {
	var steps autoscaling.PolicyStepAdjustmentArray
	for machines := 1; machines <= maxWorkers; machines *= 2 {
		step := autoscaling.PolicyStepAdjustmentArgs{
			ScalingAdjustment: pulumi.Int(machines), MetricIntervalLowerBound: pulumi.String("0"),
		}
		if machines > 1 {
			step.MetricIntervalLowerBound = pulumi.String(strconv.Itoa(machines * jobsPerWorker))
		}
		if machines*2 <= maxWorkers {
			step.MetricIntervalUpperBound = pulumi.String(strconv.Itoa(machines * 2 * jobsPerWorker))
		}
		steps = append(steps, step)
	}
	return steps
}

// buildSleep sets the capacity itself, since a step down would have to know
// where it starts. No data is not quiet: machines stay.
func (p *plan) buildSleep() error {
	policy, err := autoscaling.NewPolicy(p.ctx, p.child("sleep"), &autoscaling.PolicyArgs{
		AutoscalingGroupName: p.group.Name, PolicyType: pulumi.String("StepScaling"),
		AdjustmentType: pulumi.String("ExactCapacity"), MetricAggregationType: pulumi.String("Maximum"),
		StepAdjustments: autoscaling.PolicyStepAdjustmentArray{autoscaling.PolicyStepAdjustmentArgs{
			ScalingAdjustment: pulumi.Int(p.args.MinWorkers), MetricIntervalUpperBound: pulumi.String("0"),
		}},
	}, p.parent)
	if err != nil {
		return err
	}
	periods := max(minQuietPeriods, (p.args.IdleSeconds+periodSeconds-1)/periodSeconds)
	_, err = cloudwatch.NewMetricAlarm(p.ctx, p.child("sleep"), &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String("Nothing waits or runs, and there are more machines than the least"),
		MetricQueries:      p.watched(fmt.Sprintf(sleepExpression, p.args.MinWorkers)),
		ComparisonOperator: pulumi.String("LessThanThreshold"), Threshold: pulumi.Float64(1),
		EvaluationPeriods: pulumi.Int(periods), DatapointsToAlarm: pulumi.Int(periods), TreatMissingData: pulumi.String("missing"),
		AlarmActions: pulumi.Array{policy.Arn}, Tags: p.tagMap("sleep"),
	}, p.parent)
	return err
}

// queueName is the last part of a queue's ARN, which is how its metrics name
// it.
func queueName(arn string) (string, error) {
	part := strings.Split(arn, ":") // arn:PARTITION:sqs:REGION:ACCOUNT:NAME
	if len(part) != 6 || part[2] != "sqs" || part[5] == "" {
		return "", fmt.Errorf("reading queue %q: want arn:PARTITION:sqs:REGION:ACCOUNT:NAME", arn)
	}
	return part[5], nil
}
