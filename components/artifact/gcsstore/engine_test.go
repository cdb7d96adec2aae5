package gcsstore_test

import (
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/storage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

func TestTheRealProviderPreviewsTheStore(t *testing.T) {
	worker := artifacttest.Program(t, "a worker")
	got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		o := options()
		o.KMSKeyName = pulumi.String(keyName)
		return declare(ctx, o, worker, opts...)
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:gcp gcp",
		"create spotgrid:artifact:Store programs",
		"create spotgrid:artifact:Store$gcp:storage/bucket:Bucket programs-bucket",
		"create spotgrid:artifact:Store$gcp:storage/bucketIAMMember:BucketIAMMember programs-read",
		"create spotgrid:artifact:Store$gcp:storage/bucketObject:BucketObject programs-worker",
	}, got)
}

func TestTheRealProviderRefusesALifecycleThatCloudStorageWould(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := storage.NewBucket(ctx, "bucket", &storage.BucketArgs{
			Location: pulumi.String(gcptest.Region),
			LifecycleRules: storage.BucketLifecycleRuleArray{storage.BucketLifecycleRuleArgs{
				Action:    storage.BucketLifecycleRuleActionArgs{Type: pulumi.String("Delete")},
				Condition: storage.BucketLifecycleRuleConditionArgs{WithState: pulumi.String("FORGOTTEN")},
			}},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "with_state to be one of")
}
