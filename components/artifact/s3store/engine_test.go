package s3store_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/artifact/s3store"
	"github.com/spotgrid/spotgrid/components/awstest"
)

func TestTheRealProviderPreviewsTheStore(t *testing.T) {
	worker := artifacttest.Program(t, "a worker")
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		o := options()
		o.KMSKeyARN, o.Bucket = pulumi.String(keyARN), "my-programs"
		s, err := artifact.New(ctx, "programs", s3store.New(o), opts...)
		if err != nil {
			return err
		}
		_, err = s.Put(ctx, "worker", worker)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:artifact:Store programs",
		"create spotgrid:artifact:Store$aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2 programs-expiry",
		"create spotgrid:artifact:Store$aws:s3/bucketObjectv2:BucketObjectv2 programs-worker",
		"create spotgrid:artifact:Store$aws:s3/bucketOwnershipControls:BucketOwnershipControls programs-owner",
		"create spotgrid:artifact:Store$aws:s3/bucketPolicy:BucketPolicy programs-policy",
		"create spotgrid:artifact:Store$aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock programs-private",
		"create spotgrid:artifact:Store$aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2 programs-encryption",
		"create spotgrid:artifact:Store$aws:s3/bucketV2:BucketV2 programs-bucket",
		"create spotgrid:artifact:Store$aws:s3/bucketVersioningV2:BucketVersioningV2 programs-versions",
	}, got)
}

func TestTheRealProviderRefusesAnOwnershipThatS3Would(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := s3.NewBucketOwnershipControls(ctx, "owner", &s3.BucketOwnershipControlsArgs{
			Bucket: pulumi.String("my-programs"), Rule: s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("Whoever")},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected object_ownership to be one of")
}
