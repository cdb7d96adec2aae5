package vpcnetwork

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// buildFlowLogs records who connected to whom, refused connections included,
// for looking into an incident.
func (p *plan) buildFlowLogs() error {
	args := &cloudwatch.LogGroupArgs{RetentionInDays: pulumi.Int(p.options.FlowLogDays), Tags: p.tags("flows")}
	if key := p.options.FlowLogKey; key != nil {
		arn, err := key(p.vpc.OwnerId)
		if err != nil {
			return err
		}
		if arn != nil {
			args.KmsKeyId = arn.ToStringOutput()
		}
	}
	group, err := cloudwatch.NewLogGroup(p.ctx, p.child("flows"), args, p.parent)
	if err != nil {
		return err
	}
	role, policy, err := p.buildFlowRole(group)
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(p.ctx, p.child("flow-log"), &ec2.FlowLogArgs{
		VpcId: p.vpc.ID(), TrafficType: pulumi.String("ALL"), LogDestination: group.Arn, IamRoleArn: role.Arn,
		// Ten minutes make far fewer records than one; nothing alarms on them.
		MaxAggregationInterval: pulumi.Int(600), Tags: p.tags("flow-log"),
	}, p.parent, pulumi.DependsOn([]pulumi.Resource{policy}))
	return err
}

func (p *plan) buildFlowRole(group *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	trust, err := policydoc.Document(policydoc.Statement{
		Sid: "DeliverFlowLogs", Reason: "flow logs of this account, and of no other, are written in the role's name",
		Principal:  map[string]pulumi.StringInput{"Service": pulumi.String("vpc-flow-logs.amazonaws.com")},
		Actions:    []string{"sts:AssumeRole"},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:SourceAccount": p.vpc.OwnerId}},
	})
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(p.ctx, p.child("flows"), &iam.RoleArgs{AssumeRolePolicy: trust, Tags: p.tags("flows")}, p.parent)
	if err != nil {
		return nil, nil, err
	}
	write, err := policydoc.Document(policydoc.Statement{
		Sid: "WriteFlowLogs", Reason: "the service makes a stream for each network interface in this one group; it makes no groups",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", group.Arn)},
	})
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(p.ctx, p.child("flows-write"), &iam.RolePolicyArgs{Role: role.ID(), Policy: write}, p.parent)
	return role, policy, err
}
