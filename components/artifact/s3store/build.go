package s3store

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/naming"
)

// plan is one bucket on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption
	bucket *s3.BucketV2
	guards []pulumi.Resource
}

// Build implements artifact.Driver. A name of the bucket that somebody else has
// is found out by the update, whose error names it.
func (d *Driver) Build(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*artifact.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, parent: parent}
	if err := p.buildBucket(); err != nil {
		return nil, fmt.Errorf("registering bucket: %w", err)
	}
	for _, step := range []struct {
		what  string
		build func(opts ...pulumi.ResourceOption) (pulumi.Resource, error)
	}{
		{"public access block", p.buildAccessBlock}, {"ownership", p.buildOwnership}, {"encryption", p.buildEncryption},
		{"policy", p.buildPolicy}, {"versioning", p.buildVersioning}, {"lifecycle", p.buildLifecycle},
	} {
		// One after the other: S3 refuses a change to a bucket that it is still
		// changing (API reference, error responses, OperationAborted).
		guard, err := step.build(p.parent, pulumi.DependsOn(p.guards))
		if err != nil {
			return nil, fmt.Errorf("registering %s of bucket: %w", step.what, err)
		}
		if guard != nil {
			p.guards = append(p.guards, guard)
		}
	}
	return &artifact.Binding{ID: p.bucket.Arn, Guards: p.guards}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) buildBucket() (err error) {
	args := &s3.BucketV2Args{ForceDestroy: pulumi.Bool(p.options.ForceDestroy), Tags: pulumi.ToStringMap(p.options.Tags)}
	if p.options.Bucket != "" {
		args.Bucket = pulumi.String(p.options.Bucket)
	}
	p.bucket, err = s3.NewBucketV2(p.ctx, p.child("bucket"), args, p.parent)
	return err
}

func (p *plan) buildAccessBlock(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketPublicAccessBlock(p.ctx, p.child("private"), &s3.BucketPublicAccessBlockArgs{
		Bucket: p.bucket.Bucket, BlockPublicAcls: pulumi.Bool(true), IgnorePublicAcls: pulumi.Bool(true),
		BlockPublicPolicy: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, opts...)
}

// buildOwnership switches access lists off: policies alone decide.
func (p *plan) buildOwnership(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketOwnershipControls(p.ctx, p.child("owner"), &s3.BucketOwnershipControlsArgs{
		Bucket: p.bucket.Bucket, Rule: s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, opts...)
}

func (p *plan) buildEncryption(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	rule := s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
		ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm: pulumi.String("AES256"),
		},
	}
	if p.options.KMSKeyARN != nil {
		rule.ApplyServerSideEncryptionByDefault = s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm: pulumi.String("aws:kms"), KmsMasterKeyId: p.options.KMSKeyARN.ToStringOutput(),
		}
		// One call of KMS for many objects, which is what they are paid by
		// (user guide, S3 Bucket Keys).
		rule.BucketKeyEnabled = pulumi.Bool(true)
	}
	return s3.NewBucketServerSideEncryptionConfigurationV2(p.ctx, p.child("encryption"), &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: p.bucket.Bucket, Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{rule},
	}, opts...)
}

func (p *plan) buildPolicy(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	if p.options.WithoutPolicy {
		return nil, nil
	}
	document, err := refusePlainText(p.bucket.Arn)
	if err != nil {
		return nil, err
	}
	return s3.NewBucketPolicy(p.ctx, p.child("policy"), &s3.BucketPolicyArgs{Bucket: p.bucket.Bucket, Policy: document}, opts...)
}

func (p *plan) buildVersioning(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketVersioningV2(p.ctx, p.child("versions"), &s3.BucketVersioningV2Args{
		Bucket:                  p.bucket.Bucket,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, opts...)
}

// buildLifecycle deletes what nobody sees: parts of broken uploads, versions
// that somebody wrote over or deleted, and the marks that deletions leave.
func (p *plan) buildLifecycle(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return s3.NewBucketLifecycleConfigurationV2(p.ctx, p.child("expiry"), &s3.BucketLifecycleConfigurationV2Args{
		Bucket: p.bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("leftovers"), Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(abortDays),
			},
			NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(p.options.NoncurrentDays),
			},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)},
		}},
	}, opts...)
}

// Put implements artifact.Driver. The key holds the content's hash, so that the
// same content is no change wherever it was built, and another content is
// another object. Pulumi creates that one first, changes what refers to it and
// deletes the old one last: a machine that boots meanwhile finds the object
// that its own launch template names. One that boots later by an old template,
// as after an instance refresh that was rolled back, finds nothing: the
// provider deletes an object with all its versions (found by trying).
func (d *Driver) Put(ctx *pulumi.Context, to *artifact.Binding, item artifact.Item, parent pulumi.ResourceOption) (*artifact.Object, error) {
	o, err := s3.NewBucketObjectv2(ctx, item.Resource, &s3.BucketObjectv2Args{
		Bucket: to.ID.ApplyT(bucketOf), Key: pulumi.String(item.Name + "/" + item.Program.SHA256),
		Source: pulumi.NewFileAsset(item.Program.Path), ContentType: pulumi.String("application/octet-stream"),
		// S3 compares what arrives with what was sent.
		ChecksumAlgorithm: pulumi.String("SHA256"),
		Tags:              pulumi.ToStringMap(d.options.Tags),
	}, parent, pulumi.DependsOn(to.Guards))
	if err != nil {
		return nil, fmt.Errorf("registering object: %w", err)
	}
	return &artifact.Object{
		Place: o.Bucket, Key: o.Key, SHA256: item.Program.SHA256,
		ID: pulumi.Sprintf("%s/%s/*", to.ID, item.Name),
	}, nil
}
