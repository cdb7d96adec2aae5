package gcsstore_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/artifact/gcsstore"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

const (
	bucketType = "gcp:storage/bucket:Bucket"
	objectType = "gcp:storage/bucketObject:BucketObject"
	memberType = "gcp:storage/bucketIAMMember:BucketIAMMember"
	keyName    = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/programs"
	machines   = "serviceAccount:machines@acme-grid.iam.gserviceaccount.com"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

func options() gcsstore.Options { return gcsstore.Options{Region: gcptest.Region, Labels: labels} }

func TestConformance(t *testing.T) { artifacttest.Run(t, gcsstore.New(options()), gcptest.Compute) }

// declare declares one store with a program that machines may read.
func declare(ctx *pulumi.Context, o gcsstore.Options, worker artifact.Program, opts ...pulumi.ResourceOption) error {
	d := gcsstore.New(o)
	s, err := artifact.New(ctx, "programs", d, opts...)
	if err != nil {
		return err
	}
	kept, err := s.Put(ctx, "worker", worker)
	if err != nil {
		return err
	}
	_, err = d.GrantRead(ctx, "programs-read", kept, pulumi.String(machines), pulumi.Parent(s))
	return err
}

// run declares one and checks its tree, twice.
func run(t *testing.T, o gcsstore.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	worker := artifacttest.Program(t, "a worker")
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error { return declare(ctx, o, worker) }, check)
}

func TestTheBucketIsPrivateVersionedAndLabelled(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		bucket := tree.One(t, bucketType, "programs-bucket").Inputs
		assert.NotContains(t, bucket, resource.PropertyKey("name"), "a unique name is made")
		assert.NotContains(t, bucket, resource.PropertyKey("encryption"))
		assert.Equal(t, gcptest.Region, bucket["location"].StringValue())
		assert.True(t, bucket["uniformBucketLevelAccess"].BoolValue())
		assert.Equal(t, "enforced", bucket["publicAccessPrevention"].StringValue())
		assert.Equal(t, map[string]any{"enabled": true}, bucket["versioning"].Mappable())
		assert.False(t, bucket["forceDestroy"].BoolValue())
	})
}

func TestWhatNobodySeesIsDeletedInTime(t *testing.T) {
	for days, want := range map[int]float64{0: 30, 7: 7} {
		o := options()
		o.NoncurrentDays = days
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			bucket := tree.One(t, bucketType, "programs-bucket").Inputs
			assert.Equal(t, []any{
				map[string]any{"action": map[string]any{"type": "Delete"}, "condition": map[string]any{"withState": "ARCHIVED", "daysSinceNoncurrentTime": want}},
				map[string]any{"action": map[string]any{"type": "AbortIncompleteMultipartUpload"}, "condition": map[string]any{"age": 1.0}},
			}, bucket["lifecycleRules"].Mappable())
			assert.Equal(t, map[string]any{"retentionDurationSeconds": 0.0}, bucket["softDeletePolicy"].Mappable(), "nothing is kept twice")
		})
	}
}

func TestANamedBucketWithAKeyOfAStackThatComesAndGoes(t *testing.T) {
	o := options()
	o.Bucket, o.ForceDestroy, o.KMSKeyName = "my-programs", true, pulumi.String(keyName)
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		bucket := tree.One(t, bucketType, "programs-bucket").Inputs
		assert.Equal(t, "my-programs", bucket["name"].StringValue())
		assert.True(t, bucket["forceDestroy"].BoolValue())
		assert.Equal(t, map[string]any{"defaultKmsKeyName": keyName}, bucket["encryption"].Mappable())
	})
}

func TestAnObjectIsKeptUnderItsContent(t *testing.T) {
	worker := artifacttest.Program(t, "a worker")
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		o := tree.One(t, objectType, "programs-worker").Inputs
		assert.Equal(t, "worker/"+worker.SHA256, o["name"].StringValue())
		sent, err := artifact.Open(o["source"].AssetValue().Path)
		require.NoError(t, err)
		assert.Equal(t, worker.SHA256, sent.SHA256)
		if o["bucket"].IsString() { // not in a preview: the name is not made yet
			assert.Equal(t, "programs-bucket-1a2b3c4", o["bucket"].StringValue())
		}
	})
}

func TestAMachineFindsItsProgram(t *testing.T) {
	t.Parallel()
	worker := artifacttest.Program(t, "a worker")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		s, err := artifact.New(ctx, "programs", gcsstore.New(options()))
		require.NoError(t, err)
		o, err := s.Put(ctx, "worker", worker)
		require.NoError(t, err)
		for want, output := range map[string]pulumi.Output{
			"programs-bucket-1a2b3c4": o.Place, "worker/" + worker.SHA256: o.Key,
			"projects/_/buckets/programs-bucket-1a2b3c4/objects/worker/": o.ID,
		} {
			got, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
			require.NoError(t, err)
			assert.Equal(t, want, got.Value)
		}
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}

func TestAMachineMayReadItsProgramTheLastAndTheNextAndNoOther(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, []gcptest.Grant{{On: "programs-read", Role: "roles/storage.objectViewer", Member: machines}}, gcptest.Grants(t, tree))
		in := tree.One(t, memberType, "programs-read").Inputs
		if in["bucket"].IsString() { // not in a preview: the name is not made yet
			assert.Equal(t, "programs-bucket-1a2b3c4", in["bucket"].StringValue())
			assert.Equal(t, `resource.name.startsWith("projects/_/buckets/programs-bucket-1a2b3c4/objects/worker/")`,
				in["condition"].ObjectValue()["expression"].StringValue())
		}
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := artifact.New(ctx, "programs", gcsstore.New(gcsstore.Options{
			Region: "Belgium", Bucket: "google.My", NoncurrentDays: 366, Labels: map[string]string{"Owner": "me"},
		}))
		return err
	})
	for _, want := range []string{
		`region is "Belgium"`, `bucket is "google.My", want 3..63`, "for itself", "noncurrentDays is 366, want 1..365", `label "Owner"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}
