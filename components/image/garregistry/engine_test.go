package garregistry_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/artifactregistry"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/image/garregistry"
	"github.com/spotgrid/spotgrid/components/image/imagetest"
)

func TestTheRealProvidersPreviewTheRegistryAndAnImage(t *testing.T) {
	if _, err := os.Stat("../../../bin/pulumi-resource-spotgrid"); err != nil {
		t.Skip("bin/pulumi-resource-spotgrid is not built, run `make build`")
	}
	got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		r, err := declare(ctx, garregistry.Options{KMSKeyName: pulumi.String(keyName)}, imagetest.Args, opts...)
		if err != nil {
			return err
		}
		// A preview does not want the program built.
		_, err = r.Push(ctx, "quote", artifact.Program{Path: "/nowhere/quote", SHA256: strings.Repeat("0", 64)})
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create pulumi:providers:spotgrid spotgrid",
		"create spotgrid:image:Registry images",
		"create spotgrid:image:Registry$gcp:artifactregistry/repository:Repository images-images",
		"create spotgrid:image:Registry$gcp:artifactregistry/repositoryIamMember:RepositoryIamMember images-pull",
		"create spotgrid:image:Registry$spotgrid:image:Image images-quote",
	}, got)
}

func TestTheRealProviderRefusesACleanupThatArtifactRegistryWould(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := artifactregistry.NewRepository(ctx, "images", &artifactregistry.RepositoryArgs{
			RepositoryId: pulumi.String("images"), Location: pulumi.String(gcptest.Region), Format: pulumi.String("DOCKER"),
			CleanupPolicies: artifactregistry.RepositoryCleanupPolicyArray{
				artifactregistry.RepositoryCleanupPolicyArgs{Id: pulumi.String("burn"), Action: pulumi.String("BURN")},
			},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "action to be one of")
}
