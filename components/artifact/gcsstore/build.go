package gcsstore

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/storage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Build implements artifact.Driver. All that protects the bucket is part of it.
// A name of the bucket that somebody else has is found out by the update, whose
// error names it.
func (d *Driver) Build(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*artifact.Binding, error) {
	b, err := storage.NewBucket(ctx, naming.Child(name, "bucket"), d.bucket(), parent)
	if err != nil {
		return nil, fmt.Errorf("registering bucket: %w", err)
	}
	return &artifact.Binding{ID: b.Name, Guards: []pulumi.Resource{b}}, nil
}

// bucket is one whose rights are those of the bucket alone, and that nobody can
// make public.
func (d *Driver) bucket() *storage.BucketArgs {
	args := &storage.BucketArgs{
		Location: pulumi.String(d.options.Region), StorageClass: pulumi.String("STANDARD"),
		UniformBucketLevelAccess: pulumi.Bool(true), PublicAccessPrevention: pulumi.String("enforced"),
		Versioning: storage.BucketVersioningArgs{Enabled: pulumi.Bool(true)},
		// Versions bring back what was deleted. Google's own soft deletion would
		// keep, and bill, the same bytes once more after them.
		SoftDeletePolicy: storage.BucketSoftDeletePolicyArgs{RetentionDurationSeconds: pulumi.Int(0)},
		LifecycleRules: storage.BucketLifecycleRuleArray{
			rule("Delete", storage.BucketLifecycleRuleConditionArgs{
				WithState: pulumi.String("ARCHIVED"), DaysSinceNoncurrentTime: pulumi.Int(d.options.NoncurrentDays),
			}),
			rule("AbortIncompleteMultipartUpload", storage.BucketLifecycleRuleConditionArgs{Age: pulumi.Int(abortDays)}),
		},
		ForceDestroy: pulumi.Bool(d.options.ForceDestroy), Labels: pulumi.ToStringMap(d.options.Labels),
	}
	if d.options.Bucket != "" {
		args.Name = pulumi.String(d.options.Bucket)
	}
	if d.options.KMSKeyName != nil {
		args.Encryption = storage.BucketEncryptionArgs{DefaultKmsKeyName: d.options.KMSKeyName}
	}
	return args
}

func rule(action string, when storage.BucketLifecycleRuleConditionArgs) storage.BucketLifecycleRuleInput {
	return storage.BucketLifecycleRuleArgs{Action: storage.BucketLifecycleRuleActionArgs{Type: pulumi.String(action)}, Condition: when}
}

// Put implements artifact.Driver. The key holds the content's hash, so that the
// same content is no change wherever it was built, and another content is
// another object. Pulumi creates that one first, changes what refers to it and
// deletes the old one last: a machine that boots meanwhile finds the object
// that its own template names.
func (d *Driver) Put(ctx *pulumi.Context, to *artifact.Binding, item artifact.Item, parent pulumi.ResourceOption) (*artifact.Object, error) {
	o, err := storage.NewBucketObject(ctx, item.Resource, &storage.BucketObjectArgs{
		Bucket: to.ID, Name: pulumi.String(item.Name + "/" + item.Program.SHA256),
		Source: pulumi.NewFileAsset(item.Program.Path), ContentType: pulumi.String("application/octet-stream"),
	}, parent, pulumi.DependsOn(to.Guards))
	if err != nil {
		return nil, fmt.Errorf("registering object: %w", err)
	}
	return &artifact.Object{
		Place: o.Bucket, Key: o.OutputName, SHA256: item.Program.SHA256,
		ID: pulumi.Sprintf("projects/_/buckets/%s/objects/%s/", to.ID, item.Name),
	}, nil
}
