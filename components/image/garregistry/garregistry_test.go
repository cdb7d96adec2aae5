package garregistry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/garregistry"
	"github.com/spotgrid/spotgrid/components/image/imagetest"
)

const (
	repositoryType = "gcp:artifactregistry/repository:Repository"
	memberType     = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
	keyName        = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/images"
	machines       = "serviceAccount:machines@acme-grid.iam.gserviceaccount.com"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

func driver(p pulumi.ProviderResource) image.Driver {
	return garregistry.New(garregistry.Options{Region: gcptest.Region, Provider: p, Labels: labels})
}

func TestConformance(t *testing.T) { imagetest.Run(t, driver, gcptest.Compute) }

// declare declares one registry that machines may pull from.
func declare(ctx *pulumi.Context, o garregistry.Options, a image.Args, opts ...pulumi.ResourceOption) (r *image.Registry, err error) {
	o.Region, o.Labels = gcptest.Region, labels
	if o.Provider, err = imagetest.Provider(ctx); err != nil {
		return nil, err
	}
	d := garregistry.New(o)
	if r, err = image.New(ctx, "images", d, a, opts...); err != nil {
		return nil, err
	}
	_, err = d.GrantPull(ctx, "images-pull", r.ID, pulumi.String(machines), pulumi.Parent(r))
	return r, err
}

// run declares one and checks its tree, twice.
func run(t *testing.T, o garregistry.Options, a image.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		_, err := declare(ctx, o, a)
		return err
	}, check)
}

func TestTheRepositoryIsOneOfImagesWhoseTagsCanBeDeleted(t *testing.T) {
	run(t, garregistry.Options{}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		r := tree.One(t, repositoryType, "images-images").Inputs
		assert.Equal(t, "DOCKER", r["format"].StringValue())
		assert.Equal(t, "STANDARD_REPOSITORY", r["mode"].StringValue())
		assert.Equal(t, gcptest.Region, r["location"].StringValue())
		assert.NotContains(t, r, resource.PropertyKey("dockerConfig"), "immutable tags cannot be deleted, nor their images")
		assert.NotContains(t, r, resource.PropertyKey("kmsKeyName"))
	})
}

func TestAKeyOfTheUsersOwn(t *testing.T) {
	run(t, garregistry.Options{KMSKeyName: pulumi.String(keyName)}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, keyName, tree.One(t, repositoryType, "images-images").Inputs["kmsKeyName"].StringValue())
	})
}

func TestTheLastImagesAreKeptAndOthersDeleted(t *testing.T) {
	run(t, garregistry.Options{}, image.Args{Platform: "linux/arm64", Keep: 25}, func(t *testing.T, tree *componenttest.Tree) {
		r := tree.One(t, repositoryType, "images-images").Inputs
		assert.Equal(t, []any{
			map[string]any{"id": "keep-the-last", "action": "KEEP", "mostRecentVersions": map[string]any{"keepCount": 25.0}},
			map[string]any{"id": "delete-the-others", "action": "DELETE", "condition": map[string]any{"tagState": "ANY", "olderThan": "86400s"}},
		}, r["cleanupPolicies"].Mappable())
		assert.False(t, r["cleanupPolicyDryRun"].BoolValue())
	})
}

func TestImagesArePushedUnderOneName(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		r, err := declare(ctx, garregistry.Options{}, imagetest.Args)
		require.NoError(t, err)
		got, err := internals.UnsafeAwaitOutput(ctx.Context(), r.Repository)
		require.NoError(t, err)
		assert.Regexp(t, `^europe-west1-docker\.pkg\.dev/acme-grid/images-[0-9a-f]{8}/images$`, got.Value, "the cleanup counts the images of a name")
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}

func TestMachinesMayPullAndNoMore(t *testing.T) {
	run(t, garregistry.Options{}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, []gcptest.Grant{{On: "images-pull", Role: "roles/artifactregistry.reader", Member: machines}}, gcptest.Grants(t, tree))
		if in := tree.One(t, memberType, "images-pull").Inputs; in["repository"].IsString() { // not in a preview
			assert.Equal(t, "images-images-id", in["repository"].StringValue())
		}
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		d := garregistry.New(garregistry.Options{Region: "Belgium", Labels: map[string]string{"Owner": "me"}})
		_, err := image.New(ctx, "images", d, image.Args{Platform: "linux/arm64", Keep: 1})
		return err
	})
	for _, want := range []string{`region is "Belgium"`, "no provider is given", `label "Owner"`, "keep is 1, want 10..1000"} {
		assert.ErrorContains(t, err, want)
	}
}
