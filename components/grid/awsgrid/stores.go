package awsgrid

import (
	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/s3store"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/ecrregistry"
)

// keepImages is how many images the registry keeps: those of some ten
// functions and, while an update runs, of as many that they take the place of.
const keepImages = 30

// buildStore keeps the programs of machines and functions.
func (p *plan) buildStore() (err error) {
	d := s3store.New(s3store.Options{
		Region: p.options.Region, Bucket: p.options.Bucket, KMSKeyARN: p.key, ForceDestroy: p.options.ForceDelete, Tags: p.options.Tags,
		WithoutPolicy: p.options.without(WithoutBucketPolicy),
	})
	p.store, err = artifact.New(p.ctx, p.child("programs"), d, p.parent)
	return err
}

// buildRegistry keeps functions that are deployed as images.
func (p *plan) buildRegistry() error {
	if !p.options.Images {
		return nil
	}
	d := ecrregistry.New(ecrregistry.Options{
		Provider: p.pusher, KMSKeyARN: p.key, ForceDelete: p.options.ForceDelete, Tags: p.options.Tags,
	})
	r, err := image.New(p.ctx, p.child("images"), d, image.Args{Platform: "linux/" + p.options.Architecture, Keep: keepImages}, p.parent)
	if err != nil {
		return err
	}
	p.images = image.URIs{Registry: r}
	return nil
}
