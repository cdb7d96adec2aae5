package asgfleet

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// buildRole makes the role that a machine has, with everything but the rights
// on the group, which is not there yet.
func (p *plan) buildRole() error {
	trust, err := policydoc.Document(policydoc.Statement{
		Sid: "BeAMachine", Reason: "EC2 hands the role to the fleet's machines",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String("ec2.amazonaws.com")},
		Actions:   []string{"sts:AssumeRole"},
	})
	if err != nil {
		return err
	}
	p.role, err = iam.NewRole(p.ctx, p.child("machine"), &iam.RoleArgs{AssumeRolePolicy: trust, Tags: p.tagMap("machine")}, p.parent)
	if err != nil {
		return err
	}
	if err := p.addPolicy("machine-boot", p.bootStatements()); err != nil {
		return err
	}
	grants, err := p.options.Grants(p.args)
	if err != nil {
		return err
	}
	if len(grants) > 0 {
		if err := p.addPolicy("machine-work", grants); err != nil {
			return err
		}
	}
	p.profile, err = iam.NewInstanceProfile(p.ctx, p.child("machine"), &iam.InstanceProfileArgs{
		Role: p.role.Name, Tags: p.tagMap("machine"),
	}, p.parent)
	return err
}

func (p *plan) addPolicy(child string, statements []policydoc.Statement) error {
	document, err := policydoc.Document(statements...)
	if err != nil {
		return err
	}
	policy, err := iam.NewRolePolicy(p.ctx, p.child(child), &iam.RolePolicyArgs{Role: p.role.ID(), Policy: document}, p.parent)
	p.policies = append(p.policies, policy)
	return err
}

// bootStatements are what a machine needs to become a worker and to be looked
// at.
func (p *plan) bootStatements() []policydoc.Statement {
	list := []policydoc.Statement{{
		Sid: "FetchWorker", Reason: "the machine downloads the worker program at its first boot",
		Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{p.program.ID},
	}, {
		Sid: "WriteLogs", Reason: "the machine makes streams for its boot and its worker in the fleet's one group; it makes no groups",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", p.logs.Arn)},
	}, {
		// The actions that open a channel know no resource (service
		// authorization reference, Session Manager Message Gateway). The
		// condition makes them worthless outside the machine's own network.
		Sid: "OpenSessions", Reason: "Session Manager is the only way onto a machine: there is no SSH and no key",
		Actions: []string{
			"ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
		Resources:  []pulumi.StringInput{pulumi.String("*")},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:Ec2InstanceSourceVpc": p.options.VPCID}},
	}}
	if p.options.KMSKeyARN != nil {
		list = append(list, policydoc.Statement{
			Sid: "DecryptWorker", Reason: "the worker program is encrypted with the key; S3 decrypts it in the name of who downloads",
			Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{p.options.KMSKeyARN},
			Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {
				"kms:ViaService": pulumi.String("s3." + p.options.Region + ".amazonaws.com"),
			}},
		})
	}
	return list
}

// buildGroupRights lets workers protect themselves while they are busy and say
// when they have drained. A worker that is up before the rights are there tries
// again.
func (p *plan) buildGroupRights() error {
	return p.addPolicy("machine-group", []policydoc.Statement{{
		Sid: "LeaveInOrder", Reason: "a busy worker keeps its machine from scale-in; one that is ended says when its jobs are in safety",
		Actions: []string{
			"autoscaling:SetInstanceProtection", "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat",
		},
		Resources: []pulumi.StringInput{p.group.Arn},
	}})
}
