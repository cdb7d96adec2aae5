// Package ecrregistry keeps images on Amazon ECR.
package ecrregistry

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/limits"
)

const (
	// maxKeep is ours: far above what a grid has, far below the images that a
	// repository takes.
	maxKeep = 1000
	// untaggedDays is how long an image stays that lost its tag, which the
	// provider never takes from one.
	untaggedDays = 1
)

// Options of all registries of a driver.
type Options struct {
	// Provider is the project's own, spotgrid. It pushes with the credentials
	// of the environment, as the AWS provider does, and needs the same
	// permissions on the repository.
	Provider pulumi.ProviderResource
	// KMSKeyARN is a key to encrypt with; nil: ECR encrypts with keys of its
	// own, at no cost. A repository cannot change its key: another one replaces
	// it with all its images.
	KMSKeyARN pulumi.StringInput
	// ForceDelete lets a destroy delete the repository with what is in it: for
	// stacks that come and go. Without it, a repository that holds more than
	// the stack's own images is not deleted, and the destroy fails.
	ForceDelete bool
	// Tags go on the repository.
	Tags map[string]string
}

// Driver keeps images on ECR.
type Driver struct{ options Options }

var _ image.Driver = (*Driver)(nil)

// New makes a driver.
func New(o Options) *Driver { return &Driver{o} }

// Target implements image.Driver.
func (*Driver) Target() string { return "aws" }

// Caps implements image.Driver.
func (*Driver) Caps() image.Caps { return image.Caps{MaxKeep: maxKeep} }

// Provider implements image.Driver.
func (d *Driver) Provider() pulumi.ProviderResource { return d.options.Provider }

// Check implements image.Driver.
func (d *Driver) Check() error {
	var f limits.Faults
	if d.options.Provider == nil {
		f.Addf("no provider is given, want that of spotgrid, which pushes the images")
	}
	return f.Err()
}
