package garregistry

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/artifactregistry"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/naming"
)

// imageName is what all images of a registry are called in its repository: the
// cleanup counts the versions of one name (Artifact Registry, cleanup policies).
const imageName = "images"

// Build implements image.Driver. A destroy deletes the repository with all that
// is in it: Artifact Registry asks nobody whether it is empty (API reference,
// projects.locations.repositories.delete).
func (d *Driver) Build(ctx *pulumi.Context, name string, a image.Args, parent pulumi.ResourceOption) (*image.Binding, error) {
	args := &artifactregistry.RepositoryArgs{
		RepositoryId: pulumi.String(repositoryID(ctx.Project(), ctx.Stack(), name)),
		Location:     pulumi.String(d.options.Region), Format: pulumi.String("DOCKER"), Mode: pulumi.String("STANDARD_REPOSITORY"),
		Description:     pulumi.String("Images of a grid's programs"),
		CleanupPolicies: cleanup(a.Keep), CleanupPolicyDryRun: pulumi.Bool(false),
		Labels: pulumi.ToStringMap(d.options.Labels),
	}
	if d.options.KMSKeyName != nil {
		args.KmsKeyName = d.options.KMSKeyName.ToStringOutput()
	}
	r, err := artifactregistry.NewRepository(ctx, naming.Child(name, "images"), args, parent)
	if err != nil {
		return nil, fmt.Errorf("registering repository: %w", err)
	}
	return &image.Binding{
		Repository: pulumi.Sprintf("%s-docker.pkg.dev/%s/%s/%s", r.Location, r.Project, r.RepositoryId, imageName),
		ID:         r.ID().ToStringOutput(), Guards: []pulumi.Resource{r},
	}, nil
}

// repositoryID is of one stack: Pulumi makes up no name for a repository, and
// other stacks of the project may have a registry of the same name.
func repositoryID(project, stack, name string) string {
	sum := sha256.Sum256([]byte(project + "/" + stack))
	return naming.Child(name, hex.EncodeToString(sum[:4]))
}

// cleanup deletes all but the last images, those without a tag among them. What
// is kept goes before what is deleted (Artifact Registry, cleanup policy
// overview).
func cleanup(keep int) artifactregistry.RepositoryCleanupPolicyArray {
	return artifactregistry.RepositoryCleanupPolicyArray{
		artifactregistry.RepositoryCleanupPolicyArgs{
			Id: pulumi.String("keep-the-last"), Action: pulumi.String("KEEP"),
			MostRecentVersions: artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs{KeepCount: pulumi.Int(keep)},
		},
		artifactregistry.RepositoryCleanupPolicyArgs{
			Id: pulumi.String("delete-the-others"), Action: pulumi.String("DELETE"),
			Condition: artifactregistry.RepositoryCleanupPolicyConditionArgs{TagState: pulumi.String("ANY"), OlderThan: pulumi.String("86400s")},
		},
	}
}

// reader may pull images and look at them.
const reader = "roles/artifactregistry.reader"

// GrantPull lets a member, such as serviceAccount:EMAIL, pull the images of a
// registry, whose Binding.ID is given.
func (d *Driver) GrantPull(ctx *pulumi.Context, name string, repository, who pulumi.StringInput, parent pulumi.ResourceOption) (pulumi.Resource, error) {
	m, err := artifactregistry.NewRepositoryIamMember(ctx, name, &artifactregistry.RepositoryIamMemberArgs{
		Location: pulumi.String(d.options.Region), Repository: repository, Role: pulumi.String(reader), Member: who,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering right to pull images: %w", err)
	}
	return m, nil
}
