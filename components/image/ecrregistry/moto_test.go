package ecrregistry_test

import (
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/imagetest"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

// TestARegistrysLife is without images, since moto is no registry.
func TestARegistrysLife(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the real provider against moto: not in a short run")
	}
	endpoint := mototest.Need(t).Endpoint
	stack := awstest.NewStack(t, "test", func(ctx *pulumi.Context) error {
		p, err := awsprovider.New(ctx, awsprovider.Options{Region: awstest.Region, Endpoint: endpoint})
		if err != nil {
			return err
		}
		r, err := image.New(ctx, "images", driver(&pulumi.ProviderResourceState{}), imagetest.Args, pulumi.Providers(p))
		if err != nil {
			return err
		}
		ctx.Export("repository", r.Repository)
		return nil
	}, map[string]string{"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})
	res, err := stack.Up(t.Context(), optup.SuppressProgress())
	require.NoError(t, err)
	assert.Regexp(t, `^123456789012\.dkr\.ecr\.eu-west-1\.amazonaws\.com/images-images-[0-9a-f]{7}$`, res.Outputs["repository"].Value)
	_, err = stack.Preview(t.Context(), optpreview.ExpectNoChanges(), optpreview.SuppressProgress())
	assert.NoError(t, err, "the policies come back as they were written")
	_, err = stack.Destroy(t.Context(), optdestroy.SuppressProgress())
	assert.NoError(t, err)
}
