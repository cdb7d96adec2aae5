// Package garregistry keeps images in a Docker repository of Google's Artifact
// Registry.
//
// Its tags could be moved, as far as Artifact Registry goes: where tags are
// immutable, it deletes no image that has one (Artifact Registry, update
// repository settings), so that an update that replaces an image would fail and
// no image would ever be cleaned up. Nothing rests on tags: an image's URI names
// its digest, and the project's provider, which pushes images, moves no tag.
package garregistry

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/limits"
)

// maxKeep is ours: far above what a grid has, far below the images that a
// repository takes.
const maxKeep = 1000

// Options of all registries of a driver.
type Options struct {
	// Region the repository is in, such as europe-west1.
	Region string
	// Provider is the project's own, spotgrid. It pushes with the application
	// default credentials of the environment, as the Google Cloud provider does,
	// and needs to write to the repository and to delete from it
	// (roles/artifactregistry.repoAdmin).
	Provider pulumi.ProviderResource
	// KMSKeyName is a key to encrypt with, projects/P/locations/L/keyRings/R/
	// cryptoKeys/K, which Artifact Registry's service agent must be allowed to
	// use (Artifact Registry, customer-managed encryption keys); nil: Google's
	// own, at no cost. A repository cannot change its key: another one replaces
	// it with all its images.
	KMSKeyName pulumi.StringInput
	// Labels go on the repository.
	Labels map[string]string
}

// Driver keeps images in Artifact Registry.
type Driver struct{ options Options }

var _ image.Driver = (*Driver)(nil)

// New makes a driver.
func New(o Options) *Driver { return &Driver{o} }

// Target implements image.Driver.
func (*Driver) Target() string { return "gcp" }

// Caps implements image.Driver.
func (*Driver) Caps() image.Caps { return image.Caps{MaxKeep: maxKeep} }

// Provider implements image.Driver.
func (d *Driver) Provider() pulumi.ProviderResource { return d.options.Provider }

// Check implements image.Driver.
func (d *Driver) Check() error {
	var f limits.Faults
	gcpvalue.CheckRegion(&f, d.options.Region)
	if d.options.Provider == nil {
		f.Addf("no provider is given, want that of spotgrid, which pushes the images")
	}
	gcpvalue.CheckLabels(&f, d.options.Labels)
	return f.Err()
}
