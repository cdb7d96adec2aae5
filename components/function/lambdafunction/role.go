package lambdafunction

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// buildRole makes the role that the function's calls run in, and no other
// function's.
func (p *plan) buildRole() (err error) {
	trust, err := policydoc.Document(policydoc.Statement{
		Sid: "RunFunction", Reason: "Lambda runs the function in the role's name; who may give it the role is decided by iam:PassRole",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String("lambda.amazonaws.com")},
		Actions:   []string{"sts:AssumeRole"},
	})
	if err != nil {
		return err
	}
	p.built.Role, err = iam.NewRole(p.ctx, p.child("role"), &iam.RoleArgs{AssumeRolePolicy: trust, Tags: p.tags(p.child("role"))}, p.parent)
	if err != nil {
		return err
	}
	policy, err := policydoc.Document(p.statements()...)
	if err != nil {
		return err
	}
	p.allowed, err = iam.NewRolePolicy(p.ctx, p.child("role-policy"), &iam.RolePolicyArgs{Role: p.built.Role.ID(), Policy: policy}, p.parent)
	return err
}

// statements are what the function may do.
func (p *plan) statements() []policydoc.Statement {
	list := []policydoc.Statement{{
		Sid: "WriteLogs", Reason: "each instance writes a stream of its own in this one group; it makes no groups",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", p.built.Logs.Arn)},
	}}
	if p.options.Tracing {
		list = append(list, policydoc.Statement{
			// X-Ray has no resources to name for these (service authorization
			// reference). The region stands in for lambda:SourceFunctionArn,
			// whose function is not there yet when Lambda looks whether its
			// role may send traces.
			Sid: "SendTraces", Reason: "Lambda and the program send traces of calls, in this region only",
			Actions:    []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
			Resources:  []pulumi.StringInput{pulumi.String("*")},
			Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:RequestedRegion": pulumi.String(p.options.Region)}},
		})
	}
	if p.options.KMSKeyARN != nil {
		list = append(list, policydoc.Statement{
			// Source: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
			Sid: "DecryptEnvironment", Reason: "Lambda decrypts the environment in the role's name",
			Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{p.options.KMSKeyARN},
		})
	}
	for _, r := range p.args.Rights {
		list = append(list, p.right(r))
	}
	if p.args.Source != nil {
		list = append(list, p.options.SourceGrants(*p.args.Source)...)
	}
	return list
}

// right is the statement of a right that Caps tells of.
func (p *plan) right(r function.Right) policydoc.Statement {
	return map[function.Right]policydoc.Statement{function.ReadAlarmHistory: {
		// An alarm of several metrics has no resource to name (service
		// authorization reference, CloudWatch).
		Sid: "ReadAlarmHistory", Reason: "the function reports on alarms, and reads what they did in this region",
		Actions: []string{"cloudwatch:DescribeAlarmHistory"}, Resources: []pulumi.StringInput{pulumi.String("*")},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:RequestedRegion": pulumi.String(p.options.Region)}},
	}}[r]
}
