package awswatch

import (
	"encoding/json"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/watch"
)

// healthPattern is what AWS Health says of the services that a grid is made of:
// machines that will be retired, and trouble (AWS Health user guide, monitoring
// events with EventBridge).
var healthPattern = map[string]any{
	"source": []string{"aws.health"},
	"detail": map[string]any{"service": []string{"EC2", "AUTOSCALING", "EFS", "SQS", "LAMBDA", "S3", "KMS", "NATGATEWAY", "VPC"}},
}

// buildNotices tells of what AWS Health says, and keeps it in a log group.
func (p *plan) buildNotices() error {
	pattern, err := json.Marshal(healthPattern)
	if err != nil {
		return err
	}
	rule, err := cloudwatch.NewEventRule(p.ctx, p.child("retired"), &cloudwatch.EventRuleArgs{
		// A rule's description has 512 characters at most (EventBridge API
		// reference, PutRule).
		Description: pulumi.String(p.args.Text(watch.Retired)), EventPattern: pulumi.String(pattern), Tags: p.tags("retired"),
	}, p.parent)
	if err != nil {
		return err
	}
	logs, err := p.buildLogs()
	if err != nil {
		return err
	}
	for child, arn := range map[string]pulumi.StringInput{"retired-to-topic": p.topic.Arn, "retired-to-log": logs.Arn} {
		if _, err := cloudwatch.NewEventTarget(p.ctx, p.child(child), &cloudwatch.EventTargetArgs{Rule: rule.Name, Arn: arn}, p.parent); err != nil {
			return err
		}
	}
	return nil
}

// buildLogs keeps notices. EventBridge writes to groups below /aws/events that let
// it (EventBridge user guide, use resource-based policies, CloudWatch Logs).
func (p *plan) buildLogs() (*cloudwatch.LogGroup, error) {
	args := &cloudwatch.LogGroupArgs{
		NamePrefix: pulumi.String("/aws/events/" + p.child("notices") + "-"), RetentionInDays: pulumi.Int(p.options.LogDays), Tags: p.tags("log"),
	}
	if p.options.KMSKeyARN != nil {
		args.KmsKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	logs, err := cloudwatch.NewLogGroup(p.ctx, p.child("log"), args, p.parent)
	if err != nil {
		return nil, err
	}
	document, err := policydoc.Document(p.logStatement("events.amazonaws.com", logs.Arn), p.logStatement("delivery.logs.amazonaws.com", logs.Arn))
	if err != nil {
		return nil, err
	}
	_, err = cloudwatch.NewLogResourcePolicy(p.ctx, p.child("log-policy"), &cloudwatch.LogResourcePolicyArgs{
		PolicyName: pulumi.String(p.ctx.Project() + "-" + p.ctx.Stack() + "-" + p.child("log")), PolicyDocument: document,
	}, p.parent)
	return logs, err
}

func (p *plan) logStatement(service string, group pulumi.StringOutput) policydoc.Statement {
	sids := map[string]string{"events.amazonaws.com": "KeepEvents", "delivery.logs.amazonaws.com": "DeliverEvents"}
	return policydoc.Statement{
		Sid: sids[service], Reason: "EventBridge keeps notices in this one group, for who looks later",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String(service)},
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", group)},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:SourceAccount": p.options.AccountID}},
	}
}
