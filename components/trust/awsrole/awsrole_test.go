package awsrole_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/trust/awsrole"
	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

const (
	subject  = "108000002380243782158"
	audience = "spotgrid/spotgrid/multicloud"
	queueARN = "arn:aws:sqs:eu-west-1:123456789012:jobs"
	groupARN = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1234:autoScalingGroupName/workers"
)

func args() awsrole.Args {
	return awsrole.Args{
		SubjectID: pulumi.String(subject), Audience: audience, Tags: map[string]string{"project": "spotgrid"},
		Statements: []policydoc.Statement{{
			Sid: "WorkJobs", Reason: "a worker takes jobs", Actions: []string{"sqs:ReceiveMessage"}, Resources: []pulumi.StringInput{pulumi.String(queueARN)},
		}},
	}
}

// declare declares a role; change may be nil.
func declare(change func(*awsrole.Args)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		a := args()
		if change != nil {
			change(&a)
		}
		_, err := awsrole.New(ctx, "worker", a)
		return err
	}
}

func TestTheRoleIsForOneServiceAccountAndOneAudience(t *testing.T) {
	t.Parallel()
	componenttest.Run(t, awstest.Compute, declare(nil), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, map[string]string{"project": "spotgrid", "Name": "worker-role"})
		role := tree.One(t, "aws:iam/role:Role", "worker-role")
		assert.Equal(t, 3600.0, role.Inputs["maxSessionDuration"].NumberValue())
		assert.NotContains(t, role.Inputs, "managedPolicyArns", "what it may do stands in one place")
		policies := awstest.Policies(t, tree)
		assert.Equal(t, []awstest.Statement{{
			Sid: "BeOneServiceAccount", Effect: "Allow", Principal: map[string]string{"Federated": "accounts.google.com"},
			Action: []string{"sts:AssumeRoleWithWebIdentity"},
			Condition: map[string]map[string]string{"StringEquals": {
				"accounts.google.com:sub": subject, "accounts.google.com:aud": subject, "accounts.google.com:oaud": audience,
			}},
		}}, policies["worker-role"])
		if rights, ok := policies["worker-rights"]; ok { // else a preview
			assert.Equal(t, []awstest.Statement{{Sid: "WorkJobs", Effect: "Allow", Action: []string{"sqs:ReceiveMessage"}, Resource: []string{queueARN}}}, rights)
		}
		assert.Len(t, tree.Below("worker"), 2)
	})
}

// allows evaluates statements as IAM does those with StringEquals: all keys have
// to be there and equal.
func allows(statements []awstest.Statement, issuer string, claims map[string]string) bool {
	for _, s := range statements {
		ok := s.Effect == "Allow" && s.Principal["Federated"] == issuer && len(s.Principal) == 1 && len(s.Condition) == 1
		for key, want := range s.Condition["StringEquals"] {
			// aud is the authorized party where there is one, oaud the audience.
			claim := map[string]string{issuer + ":sub": "sub", issuer + ":aud": "azp", issuer + ":oaud": "aud"}[key]
			ok = ok && claim != "" && claims[claim] == want
		}
		if ok {
			return true
		}
	}
	return false
}

func TestNobodyElseCanAssumeTheRole(t *testing.T) {
	t.Parallel()
	const google = "accounts.google.com"
	own := func(change string, value string) map[string]string {
		c := map[string]string{"sub": subject, "azp": subject, "aud": audience}
		c[change] = value
		return c
	}
	componenttest.Run(t, awstest.Compute, declare(nil), func(t *testing.T, tree *componenttest.Tree) {
		trust := awstest.Policies(t, tree)["worker-role"]
		assert.True(t, allows(trust, google, own("sub", subject)), "the account itself")
		for who, claims := range map[string]map[string]string{
			"another account":                            {"sub": "999", "azp": "999", "aud": audience},
			"a token for another audience":               own("aud", "sts.amazonaws.com"),
			"another account that names it as its party": own("sub", "999"),
			"a token that somebody else had made":        own("azp", "999"),
			"an audience that starts so":                 own("aud", audience+"-prod"),
			"an audience with other letters":             own("aud", strings.ToUpper(audience)),
			"a token that says nothing":                  {},
		} {
			assert.False(t, allows(trust, google, claims), who)
		}
		assert.False(t, allows(trust, "accounts.example.com", own("sub", subject)), "another issuer")
	})
}

func TestEveryFaultIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	err := componenttest.Refused(t, declare(func(a *awsrole.Args) {
		a.SubjectID, a.Audience = nil, "spotgrid/*"
		a.Statements[0].Actions = []string{"sqs:*"}
	}))
	for _, want := range []string{
		`role "worker" on aws for google: `, "no subject is given", `audience is "spotgrid/*", want 1..255`, `action is "sqs:*"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	for name, change := range map[string]func(*awsrole.Args){
		"writing policy: a policy needs a statement": func(a *awsrole.Args) { a.Statements = nil },
		`audience is ""`:                func(a *awsrole.Args) { a.Audience = "" },
		`audience is "${aws:username}"`: func(a *awsrole.Args) { a.Audience = "${aws:username}" },
	} {
		assert.ErrorContains(t, componenttest.Refused(t, declare(change)), name)
	}
}

func TestASubjectThatIsNoUniqueIDFailsTheUpdate(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"worker@acme-grid.iam.gserviceaccount.com", "*", "", "10800000238024378215?"} {
		err := pulumi.RunErr(declare(func(a *awsrole.Args) { a.SubjectID = pulumi.String(subject).ToStringOutput() }),
			pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute)))
		assert.ErrorContains(t, err, "want the unique ID of a service account", subject)
	}
}

func TestWorkloadsAreToldTheRoleAndTheAudience(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		r, err := awsrole.New(ctx, "worker", args())
		require.NoError(t, err)
		told := map[string]string{}
		for name, input := range r.Environment() {
			got, err := internals.UnsafeAwaitOutput(ctx.Context(), input.ToStringOutput())
			require.NoError(t, err)
			told[name] = got.Value.(string)
		}
		f, ok, err := awsclient.FederationOf(func(name string) (string, bool) { v, ok := told[name]; return v, ok })
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, awsclient.Federation{RoleARN: "arn:aws:iam::123456789012:role/worker-role", Audience: audience}, f)
		assert.Len(t, told, 2)
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}

func TestAnExplicitProviderReachesEveryResource(t *testing.T) {
	t.Parallel()
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) error {
		p, err := awsprovider.New(ctx, awsprovider.Options{Region: awstest.Region, Offline: true})
		require.NoError(t, err)
		for _, name := range []string{"worker", "scaler"} { // side by side
			if _, err := awsrole.New(ctx, name, args(), pulumi.Providers(p)); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, tree *componenttest.Tree) {
		below := append(tree.Below("worker"), tree.Below("scaler")...)
		require.Len(t, below, 4)
		for _, r := range below {
			assert.Contains(t, r.Provider, "pulumi:providers:aws::aws", r.Name)
		}
	})
}

func TestTheRightsOfAScalerAreThoseThatItsCallsNeed(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		all := append(awsrole.ScalerQueue("eu-west-1", pulumi.String(queueARN)), awsrole.ScalerGroups("eu-west-1", pulumi.String(groupARN))...)
		here := map[string]map[string]string{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
		assert.Equal(t, []awstest.Statement{
			{Sid: "CountJobs", Effect: "Allow", Action: []string{"sqs:GetQueueAttributes"}, Resource: []string{queueARN}},
			{Sid: "CountJobsOfBefore", Effect: "Allow", Action: []string{"cloudwatch:GetMetricData"}, Resource: []string{"*"}, Condition: here},
			{Sid: "SizeGroups", Effect: "Allow", Action: []string{"autoscaling:SetDesiredCapacity"}, Resource: []string{groupARN}},
			{Sid: "SeeGroups", Effect: "Allow", Action: []string{"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"}, Resource: []string{"*"}, Condition: here},
		}, awstest.Granted(t, ctx, all))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}
