package s3store_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/artifact/s3store"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
)

const (
	keyARN    = "arn:aws:kms:eu-west-1:123456789012:key/1234"
	bucketARN = "arn:aws:s3:::programs-bucket-1a2b3c4"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

func options() s3store.Options { return s3store.Options{Region: awstest.Region, Tags: tags} }

func TestConformance(t *testing.T) { artifacttest.Run(t, s3store.New(options()), awstest.Compute) }

// run declares one store with a program and checks its tree, twice.
func run(t *testing.T, o s3store.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	worker := artifacttest.Program(t, "a worker")
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) error {
		s, err := artifact.New(ctx, "programs", s3store.New(o))
		if err != nil {
			return err
		}
		_, err = s.Put(ctx, "worker", worker)
		return err
	}, check)
}

func TestTheBucketIsPrivateVersionedAndTagged(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		bucket := tree.One(t, "aws:s3/bucketV2:BucketV2", "programs-bucket").Inputs
		assert.NotContains(t, bucket, resource.PropertyKey("bucket"), "a unique name is made")
		assert.False(t, bucket["forceDestroy"].BoolValue())
		private := tree.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "programs-private").Inputs
		for _, setting := range []resource.PropertyKey{"blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"} {
			assert.True(t, private[setting].BoolValue(), setting)
		}
		owner := tree.One(t, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "programs-owner").Inputs
		assert.Equal(t, map[string]any{"objectOwnership": "BucketOwnerEnforced"}, owner["rule"].Mappable())
		versions := tree.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", "programs-versions").Inputs
		assert.Equal(t, map[string]any{"status": "Enabled"}, versions["versioningConfiguration"].Mappable())
	})
}

func TestTheBucketIsReachedByTLSOnly(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		policies := awstest.Policies(t, tree)
		if len(policies) == 0 { // a preview: the ARN is not known yet
			assert.Len(t, tree.Of("aws:s3/bucketPolicy:BucketPolicy"), 1)
			return
		}
		statements := policies["programs-policy"]
		require.Len(t, statements, 1)
		assert.Equal(t, []string{bucketARN, bucketARN + "/*"}, statements[0].Resource)
		awstest.RefusesPlainText(t, statements, "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:ListBucket")
	})
}

func TestWhatNobodySeesIsDeletedInTime(t *testing.T) {
	for days, want := range map[int]float64{0: 30, 7: 7} {
		o := options()
		o.NoncurrentDays = days
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			expiry := tree.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "programs-expiry").Inputs
			assert.Equal(t, []any{map[string]any{
				"id": "leftovers", "status": "Enabled", "filter": map[string]any{"prefix": ""},
				"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 1.0},
				"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": want},
				"expiration":                     map[string]any{"expiredObjectDeleteMarker": true},
			}}, expiry["rules"].Mappable())
		})
	}
}

func TestObjectsAreEncryptedWithTheServicesKeysOrTheUsers(t *testing.T) {
	keyed := options()
	keyed.KMSKeyARN = pulumi.String(keyARN)
	for name, c := range map[string]struct {
		options s3store.Options
		want    map[string]any
	}{
		"service": {options(), map[string]any{"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"}}},
		"key": {keyed, map[string]any{"bucketKeyEnabled": true,
			"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": keyARN}}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, c.options, func(t *testing.T, tree *componenttest.Tree) {
				e := tree.Of("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2")
				require.Len(t, e, 1)
				assert.Equal(t, []any{c.want}, e[0].Inputs["rules"].Mappable())
			})
		})
	}
}

func TestANamedBucketOfAStackThatComesAndGoes(t *testing.T) {
	o := options()
	o.Bucket, o.ForceDestroy = "my-programs", true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		bucket := tree.One(t, "aws:s3/bucketV2:BucketV2", "programs-bucket").Inputs
		assert.Equal(t, "my-programs", bucket["bucket"].StringValue())
		assert.True(t, bucket["forceDestroy"].BoolValue())
	})
}

func TestAnObjectIsKeptUnderItsContent(t *testing.T) {
	worker := artifacttest.Program(t, "a worker")
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		o := tree.One(t, "aws:s3/bucketObjectv2:BucketObjectv2", "programs-worker").Inputs
		assert.Equal(t, "worker/"+worker.SHA256, o["key"].StringValue())
		sent, err := artifact.Open(o["source"].AssetValue().Path)
		require.NoError(t, err)
		assert.Equal(t, worker.SHA256, sent.SHA256)
		assert.Equal(t, "SHA256", o["checksumAlgorithm"].StringValue())
		if o["bucket"].IsString() { // not in a preview: the ARN is not known yet
			assert.Equal(t, "programs-bucket-1a2b3c4", o["bucket"].StringValue())
		}
	})
}

func TestAMachineMayReadItsProgramTheLastAndTheNext(t *testing.T) {
	t.Parallel()
	worker := artifacttest.Program(t, "a worker")
	fetch := awstest.Statement{Sid: "FetchProgram", Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{bucketARN + "/worker/*"}}
	decrypt := awstest.Statement{Sid: "DecryptProgram", Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []string{keyARN},
		Condition: map[string]map[string]string{"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}
	keyed := options()
	keyed.KMSKeyARN = pulumi.String(keyARN)
	for name, c := range map[string]struct {
		options s3store.Options
		want    []awstest.Statement
	}{"service": {options(), []awstest.Statement{fetch}}, "key": {keyed, []awstest.Statement{fetch, decrypt}}} {
		require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
			d := s3store.New(c.options)
			s, err := artifact.New(ctx, "programs", d)
			require.NoError(t, err)
			o, err := s.Put(ctx, "worker", worker)
			require.NoError(t, err)
			assert.Equal(t, c.want, awstest.Granted(t, ctx, d.GrantRead(o)), name)
			return nil
		}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
	}
}

func TestWhatAnEmulatorWithoutTLSCannotDoIsLeftOutOnRequest(t *testing.T) {
	o := options()
	o.WithoutPolicy = true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:s3/bucketPolicy:BucketPolicy"))
		assert.Len(t, tree.Of("aws:s3/bucketObjectv2:BucketObjectv2"), 1)
		assert.Len(t, tree.Of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"), 1, "it stays private")
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 11 {
		many[fmt.Sprint(i)] = "tag"
	}
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := artifact.New(ctx, "programs", s3store.New(s3store.Options{Region: "Ireland", Bucket: "xn--My.Bucket", NoncurrentDays: 366, Tags: many}))
		return err
	})
	for _, want := range []string{
		`region is "Ireland"`, `bucket is "xn--My.Bucket", want 3..63`, "start with xn--", "noncurrentDays is 366, want 1..365", "there are 11 tags",
	} {
		assert.ErrorContains(t, err, want)
	}
}
