// Package s3volume builds volumes that are buckets of Amazon S3: for grids that
// cannot pay for a file system while nothing runs, and for those that stand in
// two clouds, where it is the one place in which a job's result is claimed.
//
// It is no file system: machines mount nothing, and jobs have no folder for
// files. What else does not hold is said in docs/object-volume.md.
package s3volume

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact/s3store"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/volume"
)

const (
	// Prefix is what the keys of all objects start with.
	Prefix = "volume"
	// noncurrentDays is how long what was written over can be brought back:
	// workers write over what they say of themselves all the time.
	noncurrentDays = 1
)

// Options of all volumes of a driver, those of s3store.Options.
type Options struct {
	Region        string
	KMSKeyARN     pulumi.StringInput
	ForceDestroy  bool
	WithoutPolicy bool
	Tags          map[string]string
}

// Driver builds volumes on S3.
type Driver struct {
	options Options
	buckets *s3store.Driver
}

var _ volume.Driver = (*Driver)(nil)

// New makes a driver. All faults of the options come in one error.
func New(o Options) (*Driver, error) {
	d := &Driver{options: o, buckets: s3store.New(s3store.Options{
		Region: o.Region, KMSKeyARN: o.KMSKeyARN, ForceDestroy: o.ForceDestroy, NoncurrentDays: noncurrentDays,
		WithoutPolicy: o.WithoutPolicy, Tags: o.Tags,
	})}
	if err := d.buckets.Check(); err != nil {
		return nil, fmt.Errorf("reading options of volumes on S3: %w", err)
	}
	return d, nil
}

// Target implements volume.Driver.
func (*Driver) Target() string { return "aws" }

// Build implements volume.Driver. The ID is the bucket's ARN. The URL is known
// once the bucket is private and encrypted.
func (d *Driver) Build(ctx *pulumi.Context, name string, _ volume.Args, parent pulumi.ResourceOption) (*volume.Binding, error) {
	b, err := d.buckets.Build(ctx, name, parent)
	if err != nil {
		return nil, err
	}
	known := []any{b.ID}
	for _, guard := range b.Guards {
		known = append(known, guard.URN())
	}
	url := pulumi.All(known...).ApplyT(func(v []any) string { return d.url(v[0].(string)) }).(pulumi.StringOutput)
	return &volume.Binding{URL: url, ID: b.ID}, nil
}

// url is that of the bucket with this ARN.
func (d *Driver) url(arn string) string {
	return "s3://" + arn[strings.LastIndex(arn, ":")+1:] + "/" + Prefix + "?region=" + d.options.Region
}

// GrantUse is what a worker's role needs to work with a volume.
func (d *Driver) GrantUse(b volume.Binding) []policydoc.Statement {
	statements := []policydoc.Statement{{
		Sid: "UseVolume", Reason: "a worker reads what earlier attempts left on the volume, writes its results, logs and checkpoints, and removes what is over",
		Actions:   []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s/%s/*", b.ID, Prefix)},
	}, {
		// Of the whole bucket, which holds nothing else: who may not list is told
		// that an object is forbidden where it is missing (S3 API reference,
		// GetObject).
		Sid: "ListVolume", Reason: "a worker looks for attempts and logs of a job, and has to be told what is not there",
		Actions: []string{"s3:ListBucket"}, Resources: []pulumi.StringInput{b.ID},
	}}
	if d.options.KMSKeyARN == nil {
		return statements
	}
	return append(statements, policydoc.Statement{
		Sid: "UseVolumeKey", Reason: "S3 encrypts and decrypts with the key in the name of who writes or reads",
		Actions: []string{"kms:GenerateDataKey", "kms:Decrypt"}, Resources: []pulumi.StringInput{d.options.KMSKeyARN},
	})
}
