// Package gcsvolume builds volumes that are buckets of Google Cloud Storage: for
// grids that cannot pay for a file server while nothing runs, and for those that
// stand in two clouds, where it is the one place in which a job's result is
// claimed.
//
// It is no file system: machines mount nothing, and jobs have no folder for
// files. What else does not hold is said in docs/object-volume.md.
package gcsvolume

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/storage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact/gcsstore"
	"github.com/spotgrid/spotgrid/components/volume"
)

const (
	// Prefix is what the names of all objects start with.
	Prefix = "volume"
	// noncurrentDays is how long what was written over can be brought back:
	// workers write over what they say of themselves all the time.
	noncurrentDays = 1
	// user may read, write, list and delete objects, and nothing else: not even
	// see the bucket's settings (Cloud Storage, IAM roles).
	user = "roles/storage.objectUser"
)

// Options of all volumes of a driver, those of gcsstore.Options.
type Options struct {
	Region       string
	KMSKeyName   pulumi.StringInput
	ForceDestroy bool
	Labels       map[string]string
}

// Driver builds volumes on Cloud Storage.
type Driver struct{ buckets *gcsstore.Driver }

var _ volume.Driver = (*Driver)(nil)

// New makes a driver. All faults of the options come in one error.
func New(o Options) (*Driver, error) {
	d := &Driver{gcsstore.New(gcsstore.Options{
		Region: o.Region, KMSKeyName: o.KMSKeyName, ForceDestroy: o.ForceDestroy, NoncurrentDays: noncurrentDays, Labels: o.Labels,
	})}
	if err := d.buckets.Check(); err != nil {
		return nil, fmt.Errorf("reading options of volumes on Cloud Storage: %w", err)
	}
	return d, nil
}

// Target implements volume.Driver.
func (*Driver) Target() string { return "gcp" }

// Build implements volume.Driver. The ID is the bucket's name.
func (d *Driver) Build(ctx *pulumi.Context, name string, _ volume.Args, parent pulumi.ResourceOption) (*volume.Binding, error) {
	b, err := d.buckets.Build(ctx, name, parent)
	if err != nil {
		return nil, err
	}
	return &volume.Binding{URL: pulumi.Sprintf("gs://%s/%s", b.ID, Prefix), ID: b.ID}, nil
}

// GrantUse lets a member, such as serviceAccount:EMAIL, work with a volume. The
// bucket holds nothing else.
func (d *Driver) GrantUse(ctx *pulumi.Context, name string, b volume.Binding, who pulumi.StringInput, parent pulumi.ResourceOption) error {
	_, err := storage.NewBucketIAMMember(ctx, name, &storage.BucketIAMMemberArgs{Bucket: b.ID, Role: pulumi.String(user), Member: who}, parent)
	if err != nil {
		return fmt.Errorf("registering right to use volume: %w", err)
	}
	return nil
}
