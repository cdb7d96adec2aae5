package s3volume_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/s3volume"
	"github.com/spotgrid/spotgrid/components/volume/volumetest"
)

const keyARN = "arn:aws:kms:eu-west-1:123456789012:key/grid-key"

var tags = map[string]string{"stack": "test"}

func driver(t *testing.T, change func(*s3volume.Options)) *s3volume.Driver {
	t.Helper()
	o := s3volume.Options{Region: awstest.Region, KMSKeyARN: pulumi.String(keyARN), Tags: tags}
	if change != nil {
		change(&o)
	}
	d, err := s3volume.New(o)
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) { volumetest.Run(t, driver(t, nil), awstest.Compute) }

func TestABucketIsPrivateEncryptedAndSpeaksTLS(t *testing.T) {
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) error {
		v, err := volume.New(ctx, "grid-volume", driver(t, nil), volume.Args{})
		if err == nil && !ctx.DryRun() {
			url := componenttest.Text(t, ctx, v.URL)
			assert.Regexp(t, `^s3://[a-z0-9-]+/volume\?region=eu-west-1$`, url)
		}
		return err
	}, func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		assert.Len(t, tree.Of("aws:s3/bucketPolicy:BucketPolicy"), 1)
		assert.Len(t, tree.Of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"), 1)
		rules := tree.Of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")[0].Inputs["rules"].ArrayValue()
		assert.Equal(t, resource.NewNumberProperty(1), rules[0].ObjectValue()["noncurrentVersionExpiration"].ObjectValue()["noncurrentDays"])
	})
}

func TestAWorkerMayUseTheVolumeAndNothingElseOfTheBucket(t *testing.T) {
	b := volume.Binding{ID: pulumi.String("arn:aws:s3:::grid-volume-1a2b").ToStringOutput()}
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) error {
		document, err := policydoc.Document(driver(t, nil).GrantUse(b)...)
		if err != nil {
			return err
		}
		text := componenttest.Text(t, ctx, document)
		assert.Contains(t, text, `"arn:aws:s3:::grid-volume-1a2b/volume/*"`)
		assert.Contains(t, text, `"s3:ListBucket"`)
		assert.Contains(t, text, keyARN)
		return nil
	}, func(*testing.T, *componenttest.Tree) {})
	assert.Len(t, driver(t, func(o *s3volume.Options) { o.KMSKeyARN = nil }).GrantUse(b), 2, "no key, no right to one")
}

func TestFaultsOfTheOptionsAreNamed(t *testing.T) {
	_, err := s3volume.New(s3volume.Options{Region: "europe"})
	assert.ErrorContains(t, err, `reading options of volumes on S3: region is "europe"`)
}
