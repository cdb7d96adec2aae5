package gcsstore

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/storage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
)

// reader may read objects. It may list them too, but the condition holds of no
// list, which is of the bucket (IAM, resource attributes for conditions, Cloud
// Storage).
const reader = "roles/storage.objectViewer"

// GrantRead lets a member, such as serviceAccount:EMAIL, fetch a program: the
// last one too, while the next takes its place, and no other of the bucket.
// What starts by it should depend on the resource that is returned.
func (*Driver) GrantRead(ctx *pulumi.Context, name string, o *artifact.Object, who pulumi.StringInput, parent pulumi.ResourceOption) (pulumi.Resource, error) {
	m, err := storage.NewBucketIAMMember(ctx, name, &storage.BucketIAMMemberArgs{
		Bucket: o.Place, Role: pulumi.String(reader), Member: who,
		Condition: storage.BucketIAMMemberConditionArgs{
			Title: pulumi.String("one program"), Description: pulumi.String("Every content of the program's name, and no other object"),
			Expression: pulumi.Sprintf(`resource.name.startsWith("%s")`, o.ID),
		},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering right to read program: %w", err)
	}
	return m, nil
}
