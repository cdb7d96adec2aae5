package lambdafunction

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/cron"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

const (
	// eagerBatch is the largest batch that Lambda does not want to gather.
	eagerBatch = 10
	// gatherSeconds is the least that Lambda takes for larger ones. Longer
	// would make fuller batches of a trickle, for which they are not meant:
	// where many messages wait, a second gathers thousands.
	gatherSeconds = 1
	// lateSeconds is how long EventBridge goes on trying to hand a call over:
	// afterwards, a call of that hour is of no use.
	lateSeconds = 3600
	// lateAttempts bounds the tries within that time, which come ever further
	// apart.
	lateAttempts = 10
)

// windowSeconds is how long a batch gathers.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
func windowSeconds(batchSize int) int {
	if batchSize > eagerBatch {
		return gatherSeconds
	}
	return 0
}

// buildSource lets the queue call the function. Of a batch, only what the
// function reports comes back.
func (p *plan) buildSource() error {
	s := p.args.Source
	if s == nil {
		return nil
	}
	_, err := lambda.NewEventSourceMapping(p.ctx, p.child("source"), &lambda.EventSourceMappingArgs{
		FunctionName: p.built.Function.Arn, EventSourceArn: s.Queue.ID,
		BatchSize: pulumi.Int(s.BatchSize), MaximumBatchingWindowInSeconds: pulumi.Int(windowSeconds(s.BatchSize)),
		FunctionResponseTypes: pulumi.ToStringArray([]string{"ReportBatchItemFailures"}),
		ScalingConfig:         lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(s.Concurrency)},
	}, p.parent)
	return err
}

// buildSchedules lets the clock call the function, at the minute and in UTC.
func (p *plan) buildSchedules() error {
	if len(p.args.Schedules) == 0 {
		return nil
	}
	clock, allowed, err := p.buildClock()
	if err != nil {
		return err
	}
	for i, s := range p.args.Schedules {
		if err := p.buildSchedule(fmt.Sprintf("schedule-%d", i+1), s, clock, allowed); err != nil {
			return fmt.Errorf("schedule %q: %w", s.Cron, err)
		}
	}
	return nil
}

// buildClock makes the role that EventBridge calls the function in, and nothing
// else.
func (p *plan) buildClock() (*iam.Role, *iam.RolePolicy, error) {
	trust, err := policydoc.Document(policydoc.Statement{
		Sid: "CallBySchedule", Reason: "schedules of this account, and of no other, call in the role's name",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String("scheduler.amazonaws.com")},
		Actions:   []string{"sts:AssumeRole"},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {
			"aws:SourceAccount": p.built.Function.Arn.ApplyT(accountOf).(pulumi.StringOutput),
		}},
	})
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(p.ctx, p.child("clock"), &iam.RoleArgs{AssumeRolePolicy: trust, Tags: p.tags(p.child("clock"))}, p.parent)
	if err != nil {
		return nil, nil, err
	}
	call, err := policydoc.Document(policydoc.Statement{
		Sid: "CallFunction", Reason: "schedules call this one function",
		Actions: []string{"lambda:InvokeFunction"}, Resources: []pulumi.StringInput{p.built.Function.Arn},
	})
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(p.ctx, p.child("clock-policy"), &iam.RolePolicyArgs{Role: role.ID(), Policy: call}, p.parent)
	return role, policy, err
}

func (p *plan) buildSchedule(child string, s function.Schedule, clock *iam.Role, allowed *iam.RolePolicy) error {
	when, err := cron.Parse(s.Cron)
	if err != nil {
		return err
	}
	payload := s.Payload
	if payload == "" {
		payload = "{}"
	}
	_, err = scheduler.NewSchedule(p.ctx, p.child(child), &scheduler.ScheduleArgs{
		ScheduleExpression: pulumi.String(when.AWS()), ScheduleExpressionTimezone: pulumi.String("UTC"),
		FlexibleTimeWindow: scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: scheduler.ScheduleTargetArgs{
			Arn: p.built.Function.Arn, RoleArn: clock.Arn, Input: pulumi.String(payload),
			RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(lateSeconds), MaximumRetryAttempts: pulumi.Int(lateAttempts),
			},
		},
	}, p.parent, pulumi.DependsOn([]pulumi.Resource{allowed}))
	return err
}

// accountOf is the account that an ARN is of.
func accountOf(arn string) (string, error) {
	part := strings.SplitN(arn, ":", 6) // arn:PARTITION:SERVICE:REGION:ACCOUNT:...
	if len(part) != 6 || part[4] == "" {
		return "", fmt.Errorf("reading ARN %q: want arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", arn)
	}
	return part[4], nil
}
