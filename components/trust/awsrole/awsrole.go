// Package awsrole lets machines and functions of Google Cloud work on AWS without
// a key: a role of AWS that whoever has one service account of Google Cloud may
// assume, and nobody else. They show a token that Google signs for them; IAM knows
// Google as an identity provider by itself, and one declared for it would be in the
// way (IAM user guide, OIDC federation).
package awsrole

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:trust:AWSRole"

// sessionSeconds is how long assumed credentials work: the least that a role's
// maximum can be (IAM API reference, CreateRole). Whoever works longer shows a new
// token.
const sessionSeconds = 3600

// Args of a role.
type Args struct {
	// SubjectID is the unique ID of the service account that may assume the role:
	// digits. It is no email address, which somebody else may get when the account
	// is deleted.
	SubjectID pulumi.StringInput
	// Audience is whom the tokens have to be made for: 1..255 letters, digits and
	// . _ : / -, such as spotgrid/PROJECT/STACK. One of a stack's own keeps tokens
	// that others are shown from being passed on to it.
	Audience string
	// Statements are what the role may do.
	Statements []policydoc.Statement
	// Tags go on the role.
	Tags map[string]string
}

// Role is a role that machines of Google Cloud assume.
type Role struct {
	pulumi.ResourceState
	// ARN is that of the role, once it may do what it has to.
	ARN pulumi.StringOutput
	// Name is the physical one.
	Name pulumi.StringOutput
	// Audience is that of the arguments.
	Audience string
}

// New declares a role. All faults of the arguments come in one error, before
// anything is registered; that a subject is no unique ID is known when the account
// is there.
func New(ctx *pulumi.Context, name string, a Args, opts ...pulumi.ResourceOption) (*Role, error) {
	trust, rights, err := a.documents()
	if err := errors.Join(naming.Check("role", name), a.check(), err); err != nil {
		return nil, fmt.Errorf("role %q on aws for google: %w", name, err)
	}
	r := &Role{Audience: a.Audience}
	in := pulumi.Map{"subjectId": a.SubjectID, "audience": pulumi.String(a.Audience)}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, r, opts...); err != nil {
		return nil, fmt.Errorf("registering role %q: %w", name, err)
	}
	if err := r.build(ctx, name, a, trust, rights); err != nil {
		return nil, fmt.Errorf("role %q on aws for google: %w", name, err)
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"arn": r.ARN, "name": r.Name, "audience": pulumi.String(a.Audience)})
}

func (r *Role) build(ctx *pulumi.Context, name string, a Args, trust, rights pulumi.StringOutput) error {
	child := naming.Child(name, "role")
	role, err := iam.NewRole(ctx, child, &iam.RoleArgs{
		AssumeRolePolicy: trust, MaxSessionDuration: pulumi.Int(sessionSeconds),
		Description: pulumi.String("Assumed from Google Cloud by one service account"),
		Tags:        awsvalue.TagMap(a.Tags, child),
	}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("registering role %q: %w", child, err)
	}
	policy, err := iam.NewRolePolicy(ctx, naming.Child(name, "rights"), &iam.RolePolicyArgs{Role: role.ID(), Policy: rights}, pulumi.Parent(r))
	if err != nil {
		return fmt.Errorf("registering rights of role %q: %w", child, err)
	}
	r.Name = role.Name
	r.ARN = pulumi.All(role.Arn, policy.ID()).ApplyT(func(all []any) (string, error) {
		arn, ok := all[0].(string)
		if !ok {
			return "", fmt.Errorf("the role's ARN is %v, want a text", all[0])
		}
		return arn, nil
	}).(pulumi.StringOutput)
	return nil
}

// Environment is what a workload is told to assume the role. None of it is secret.
// The names are those of package workloads/awsclient.
func (r *Role) Environment() pulumi.StringMap {
	return pulumi.StringMap{"SPOTGRID_AWS_ROLE_ARN": r.ARN, "SPOTGRID_AWS_AUDIENCE": pulumi.String(r.Audience)}
}

var audiencePattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,255}$`)

func (a Args) check() error {
	var f limits.Faults
	if a.SubjectID == nil {
		f.Addf("no subject is given: want the unique ID of a service account")
	}
	if !audiencePattern.MatchString(a.Audience) {
		f.Addf("audience is %q, want 1..255 letters, digits and . _ : / -", a.Audience)
	}
	return f.Err()
}
