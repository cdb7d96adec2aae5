package googlepool_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/trust/googlepool"
)

const (
	poolType     = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
	providerType = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
	poolName     = "projects/123456789012/locations/global/workloadIdentityPools/grid-00010203"
	workers      = "arn:aws:iam::210987654321:role/grid-spot-machine-1a2b3c4"
	others       = "arn:aws:iam::210987654321:role/teams/grid-big-machine-5d6e7f8"
)

func args() googlepool.Args {
	return googlepool.Args{Project: gcptest.Project, Random: bytes.NewReader([]byte{0, 1, 2, 3})}
}

// declare declares a pool and lets roles in.
func declare(t *testing.T, name string, roles ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p, err := googlepool.New(ctx, name, args())
		require.NoError(t, err)
		_, err = p.Admit(ctx, inputs(roles...)...)
		return err
	}
}

func inputs(texts ...string) (all []pulumi.StringInput) {
	for _, text := range texts {
		all = append(all, pulumi.String(text))
	}
	return all
}

// isOr asserts a text, where it is known.
func isOr(t *testing.T, want string, got resource.PropertyValue) {
	t.Helper()
	if got.IsString() {
		assert.Equal(t, want, got.StringValue())
	} else {
		assert.True(t, got.IsComputed() || got.IsOutput(), "%v is neither %s nor unknown", got, want)
	}
}

func TestThePoolTakesTheRolesAndNobodyElse(t *testing.T) {
	t.Parallel()
	componenttest.Run(t, gcptest.Compute, declare(t, "grid", workers, others), func(t *testing.T, tree *componenttest.Tree) {
		pool := tree.One(t, poolType, "grid-pool").Inputs
		assert.Equal(t, gcptest.Project, pool["project"].StringValue())
		isOr(t, "grid-00010203", pool["workloadIdentityPoolId"])
		assert.NotContains(t, pool, "disabled")
		provider := tree.One(t, providerType, "grid-provider").Inputs
		assert.Equal(t, gcptest.Project, provider["project"].StringValue())
		isOr(t, "grid-00010203", provider["workloadIdentityPoolId"])
		assert.Equal(t, "aws-roles", provider["workloadIdentityPoolProviderId"].StringValue())
		assert.NotContains(t, provider, "oidc")
		assert.NotContains(t, provider, "saml")
		assert.Equal(t, map[string]any{"accountId": "210987654321"}, provider["aws"].ObjectValue().Mappable())
		mapping := provider["attributeMapping"].ObjectValue().Mappable()
		assert.Len(t, mapping, 2)
		assert.Equal(t, "assertion.arn", mapping["google.subject"])
		assert.Equal(t, `assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn`,
			mapping["attribute.aws_role"])
		assert.Equal(t, `attribute.aws_role in ["arn:aws:sts::210987654321:assumed-role/grid-big-machine-5d6e7f8","arn:aws:sts::210987654321:assumed-role/grid-spot-machine-1a2b3c4"]`,
			provider["attributeCondition"].StringValue())
		assert.Len(t, tree.Below("grid"), 3)
		assert.Empty(t, gcptest.Grants(t, tree), "to be let in is to be known, not to be allowed anything")
	})
}

// roleOf is the mapping of the provider, as CEL's extract has it: what stands
// between the text before and the first text after.
func roleOf(arn string) string {
	account, rest, ok := strings.Cut(arn, "assumed-role/")
	if !strings.Contains(arn, "assumed-role") {
		return arn
	}
	role, _, hasSession := strings.Cut(rest, "/")
	if !ok || !hasSession {
		role = ""
	}
	return account + "assumed-role/" + role
}

func TestConditionLetsMachinesWithTheRoleIn(t *testing.T) {
	t.Parallel()
	componenttest.Run(t, gcptest.Compute, declare(t, "grid", workers), func(t *testing.T, tree *componenttest.Tree) {
		condition := tree.One(t, providerType, "grid-provider").Inputs["attributeCondition"].StringValue()
		list, ok := strings.CutPrefix(condition, "attribute.aws_role in ")
		require.True(t, ok, condition)
		for arn, isIn := range map[string]bool{
			"arn:aws:sts::210987654321:assumed-role/grid-spot-machine-1a2b3c4/i-0123456789abcdef0": true,
			"arn:aws:sts::210987654321:assumed-role/grid-spot-machine-1a2b3c/i-0123456789abcdef0":  false,
			"arn:aws:sts::210987654321:assumed-role/admin/i-0123456789abcdef0":                     false,
			"arn:aws:sts::999999999999:assumed-role/grid-spot-machine-1a2b3c4/i-0123456789abcdef0": false,
			"arn:aws:iam::210987654321:user/assumed-role/grid-spot-machine-1a2b3c4/x":              false,
			"arn:aws:iam::210987654321:user/grid-spot-machine-1a2b3c4":                             false,
			"arn:aws:sts::210987654321:federated-user/assumed-role":                                false,
			"arn:aws:sts::210987654321:assumed-role/grid-spot-machine-1a2b3c4":                     false,
			"arn:aws:iam::210987654321:root":                                                       false,
		} {
			assert.Equal(t, isIn, strings.Contains(list, `"`+roleOf(arn)+`"`), arn)
		}
	})
}

func TestMembersAndTheClientConfigNameThePool(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		p, err := googlepool.New(ctx, "grid", args())
		require.NoError(t, err)
		members, err := p.Admit(ctx, inputs(workers, others)...)
		require.NoError(t, err)
		require.Len(t, members, 2)
		for want, output := range map[string]pulumi.StringOutput{
			poolName: p.Name, "//iam.googleapis.com/" + poolName + "/providers/aws-roles": p.Audience,
			"principalSet://iam.googleapis.com/" + poolName + "/attribute.aws_role/arn:aws:sts::210987654321:assumed-role/grid-spot-machine-1a2b3c4": members[0],
			"principalSet://iam.googleapis.com/" + poolName + "/attribute.aws_role/arn:aws:sts::210987654321:assumed-role/grid-big-machine-5d6e7f8":  members[1],
		} {
			assert.Equal(t, want, await(t, ctx, output))
		}
		assert.JSONEq(t, `{"type":"external_account","universe_domain":"googleapis.com",
			"audience":"//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/grid-00010203/providers/aws-roles",
			"subject_token_type":"urn:ietf:params:aws:token-type:aws4_request","token_url":"https://sts.googleapis.com/v1/token",
			"credential_source":{"environment_id":"aws1",
				"region_url":"http://169.254.169.254/latest/meta-data/placement/availability-zone",
				"url":"http://169.254.169.254/latest/meta-data/iam/security-credentials",
				"imdsv2_session_token_url":"http://169.254.169.254/latest/api/token",
				"regional_cred_verification_url":"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}}`, await(t, ctx, p.ClientConfig))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}

func await(t *testing.T, ctx *pulumi.Context, o pulumi.Output) string {
	t.Helper()
	r, err := internals.UnsafeAwaitOutput(ctx.Context(), o)
	require.NoError(t, err)
	return r.Value.(string)
}

func TestPoolIDsAreShortEnough(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"grid": "grid-00010203", "grid-with-a-name-of-23-x-y": "grid-with-a-name-of-23-00010203", strings.Repeat("a", 30): strings.Repeat("a", 23) + "-00010203",
	} {
		require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
			p, err := googlepool.New(ctx, name, args())
			require.NoError(t, err)
			assert.Equal(t, "projects/123456789012/locations/global/workloadIdentityPools/"+want, await(t, ctx, p.Name))
			assert.LessOrEqual(t, len(want), 32)
			return nil
		}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
	}
}

func TestEveryFaultIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	t.Parallel()
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := googlepool.New(ctx, "gcp-grid", googlepool.Args{})
		return err
	})
	for _, want := range []string{`pool "gcp-grid" on google for aws: `, "no project is given", "the name starts with gcp-", "no source of random bytes is given"} {
		assert.ErrorContains(t, err, want)
	}
	err = componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := googlepool.New(ctx, "grid", googlepool.Args{Project: "p", Random: bytes.NewReader([]byte{1})})
		return err
	})
	assert.ErrorContains(t, err, "reading random bytes: unexpected EOF")
}

func TestRolesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	mocks := func() pulumi.RunOption {
		return pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))
	}
	err := pulumi.RunErr(declare(t, "grid", workers, "arn:aws:iam::111111111111:role/x", "arn:aws:iam::210987654321:user/me", "*"), mocks())
	for _, want := range []string{
		"the roles are of the accounts 111111111111 and 210987654321, want one", `role is "arn:aws:iam::210987654321:user/me"`, `role is "*", want an ARN`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, pulumi.RunErr(declare(t, "grid"), mocks()), "no roles are given")
	var many []string
	for i := range 60 {
		many = append(many, "arn:aws:iam::210987654321:role/"+strings.Repeat("r", 50)+string(rune('A'+i%26))+string(rune('a'+i/26)))
	}
	assert.ErrorContains(t, pulumi.RunErr(declare(t, "grid", many...), mocks()), "want 4096 at most: there are too many roles")
}

func TestAnExplicitProviderReachesEveryResource(t *testing.T) {
	t.Parallel()
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		provider, err := gcpprovider.New(ctx, gcpprovider.Options{Project: gcptest.Project, Region: gcptest.Region, Offline: true})
		require.NoError(t, err)
		for _, name := range []string{"grid", "other"} { // side by side
			p, err := googlepool.New(ctx, name, args(), pulumi.Providers(provider))
			require.NoError(t, err)
			_, err = p.Admit(ctx, inputs(workers)...)
			require.NoError(t, err)
		}
		return nil
	}, func(t *testing.T, tree *componenttest.Tree) {
		found := append(tree.Of(poolType), tree.Of(providerType)...)
		require.Len(t, found, 4)
		for _, r := range found {
			assert.Contains(t, r.Provider, "pulumi:providers:gcp::gcp", r.Name)
		}
	})
}
