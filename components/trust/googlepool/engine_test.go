package googlepool_test

import (
	"bytes"
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/enginetest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/trust/googlepool"
)

func TestTheRealProviderPreviewsThePool(t *testing.T) {
	t.Parallel()
	got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		p, err := googlepool.New(ctx, "grid", args(), opts...)
		if err != nil {
			return err
		}
		_, err = p.Admit(ctx, inputs(workers, others)...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create pulumi:providers:pulumi default", // of the engine itself, for the Stash
		"create spotgrid:trust:GooglePool grid",
		"create spotgrid:trust:GooglePool$gcp:iam/workloadIdentityPool:WorkloadIdentityPool grid-pool",
		"create spotgrid:trust:GooglePool$gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider grid-provider",
		"create spotgrid:trust:GooglePool$pulumi:index:Stash grid-id",
	}, got)
}

func TestTheRealProviderRefusesAnIDThatIsReserved(t *testing.T) {
	t.Parallel()
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := iam.NewWorkloadIdentityPool(ctx, "grid", &iam.WorkloadIdentityPoolArgs{WorkloadIdentityPoolId: pulumi.String("gcp-grid")}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "gcp-")
}

// TestTheEndOfThePoolsIDIsKept brings the part of the pool up that needs no cloud,
// twice, with other random bytes the second time.
func TestTheEndOfThePoolsIDIsKept(t *testing.T) {
	t.Parallel()
	random := []byte{0xaa, 0xbb, 0xcc, 0xdd}
	stack := enginetest.New(t, enginetest.Stack{Name: "test", Program: func(ctx *pulumi.Context) error {
		kept, err := googlepool.KeepID(ctx, "grid", googlepool.Args{Random: bytes.NewReader(random)})
		ctx.Export("id", kept)
		return err
	}})
	up := func() auto.UpResult {
		r, err := stack.Up(t.Context())
		require.NoError(t, err)
		return r
	}
	assert.Equal(t, "grid-aabbccdd", up().Outputs["id"].Value)
	random = []byte{1, 2, 3, 4}
	again := up()
	assert.Equal(t, "grid-aabbccdd", again.Outputs["id"].Value)
	changes := *again.Summary.ResourceChanges
	assert.Zero(t, changes["update"]+changes["replace"]+changes["create"], "%v", changes)
}
