package gcsvolume_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/gcsvolume"
	"github.com/spotgrid/spotgrid/components/volume/volumetest"
)

const member = "serviceAccount:worker@acme-grid.iam.gserviceaccount.com"

var labels = map[string]string{"stack": "test"}

func driver(t *testing.T) *gcsvolume.Driver {
	t.Helper()
	d, err := gcsvolume.New(gcsvolume.Options{Region: gcptest.Region, Labels: labels})
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) { volumetest.Run(t, driver(t), gcptest.Compute) }

// declare makes a volume that a worker may use.
func declare(t *testing.T) func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
	d := driver(t)
	return func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		v, err := volume.New(ctx, "grid-volume", d, volume.Args{}, opts...)
		if err != nil {
			return err
		}
		return d.GrantUse(ctx, "grid-volume-worker", v.Binding, pulumi.String(member), pulumi.Parent(v))
	}
}

func TestABucketIsPrivateAndItsUsersMayDoNoMore(t *testing.T) {
	program := declare(t)
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error { return program(ctx) }, func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		b := tree.One(t, "gcp:storage/bucket:Bucket", "grid-volume-bucket").Inputs
		assert.Equal(t, "enforced", b["publicAccessPrevention"].StringValue())
		assert.True(t, b["uniformBucketLevelAccess"].BoolValue())
		grants := gcptest.Grants(t, tree)
		require.Len(t, grants, 1)
		assert.Equal(t, gcptest.Grant{On: "grid-volume-worker", Role: "roles/storage.objectUser", Member: member}, grants[0])
	})
}

func TestTheRealProviderPreviewsTheVolume(t *testing.T) {
	got, err := gcptest.Preview(t, declare(t))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create spotgrid:volume:Volume grid-volume",
		"create spotgrid:volume:Volume$gcp:storage/bucket:Bucket grid-volume-bucket",
		"create spotgrid:volume:Volume$gcp:storage/bucketIAMMember:BucketIAMMember grid-volume-worker",
	}, got)
}

func TestFaultsOfTheOptionsAreNamed(t *testing.T) {
	_, err := gcsvolume.New(gcsvolume.Options{Region: "europe"})
	assert.ErrorContains(t, err, `reading options of volumes on Cloud Storage: region is "europe"`)
}
