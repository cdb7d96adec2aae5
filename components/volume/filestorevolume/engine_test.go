package filestorevolume_test

import (
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/filestore"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
)

func TestTheRealProviderPreviewsTheVolume(t *testing.T) {
	regional := options()
	regional.Tier, regional.Location, regional.KMSKeyName = filestorevolume.TierRegional, "europe-west1", pulumi.String(keyName)
	for _, o := range []filestorevolume.Options{options(), regional} {
		t.Run(string(o.Tier), func(t *testing.T) {
			got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				_, err := volume.New(ctx, "shared", driver(t, o), volume.Args{Protect: true}, opts...)
				return err
			})
			require.NoError(t, err)
			assert.Equal(t, []string{
				"create pulumi:providers:gcp gcp",
				"create spotgrid:volume:Volume shared",
				"create spotgrid:volume:Volume$gcp:compute/firewall:Firewall shared-nfs-out",
				"create spotgrid:volume:Volume$gcp:filestore/instance:Instance shared-files",
			}, got)
		})
	}
}

func TestTheRealProviderRefusesASquashThatFilestoreWould(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := filestore.NewInstance(ctx, "files", &filestore.InstanceArgs{
			Tier: pulumi.String("ZONAL"), Location: pulumi.String("europe-west1-b"),
			FileShares: filestore.InstanceFileSharesArgs{
				Name: pulumi.String("grid"), CapacityGb: pulumi.Int(1024),
				NfsExportOptions: filestore.InstanceFileSharesNfsExportOptionArray{
					filestore.InstanceFileSharesNfsExportOptionArgs{SquashMode: pulumi.String("EVERYBODY")},
				},
			},
			Networks: filestore.InstanceNetworkArray{filestore.InstanceNetworkArgs{
				Network: pulumi.String("net"), Modes: pulumi.ToStringArray([]string{"MODE_IPV4"}),
			}},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected file_shares.0.nfs_export_options.0.squash_mode to be one of")
}
