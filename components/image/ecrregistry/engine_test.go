package ecrregistry_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/ecrregistry"
	"github.com/spotgrid/spotgrid/components/image/imagetest"
)

func TestTheRealProvidersPreviewTheRegistryAndAnImage(t *testing.T) {
	if _, err := os.Stat("../../../bin/pulumi-resource-spotgrid"); err != nil {
		t.Skip("bin/pulumi-resource-spotgrid is not built, run `make build`")
	}
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		p, err := imagetest.Provider(ctx)
		if err != nil {
			return err
		}
		d := ecrregistry.New(ecrregistry.Options{Provider: p, KMSKeyARN: pulumi.String(keyARN), Tags: tags})
		r, err := image.New(ctx, "images", d, imagetest.Args, opts...)
		if err != nil {
			return err
		}
		// A preview does not want the program built.
		_, err = r.Push(ctx, "quote", artifact.Program{Path: "/nowhere/quote", SHA256: strings.Repeat("0", 64)})
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create pulumi:providers:spotgrid spotgrid",
		"create spotgrid:image:Registry images",
		"create spotgrid:image:Registry$aws:ecr/lifecyclePolicy:LifecyclePolicy images-expiry",
		"create spotgrid:image:Registry$aws:ecr/repository:Repository images-images",
		"create spotgrid:image:Registry$aws:ecr/repositoryPolicy:RepositoryPolicy images-policy",
		"create spotgrid:image:Registry$spotgrid:image:Image images-quote",
	}, got)
}

func TestTheRealProviderRefusesAnEncryptionThatECRWould(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := ecr.NewRepository(ctx, "images", &ecr.RepositoryArgs{
			EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("ROT13")}},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected encryption_type to be one of")
}
