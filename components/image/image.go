// Package image makes container images of programs and keeps them in a
// registry, on any target and without Docker.
package image

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
)

const (
	// Type of the component in Pulumi's state.
	Type = "spotgrid:image:Registry"
	// ImageType of an image, a resource of the project's own provider.
	ImageType = "spotgrid:image:Image"

	// MinKeep leaves room for five images and the five that they replace.
	MinKeep = 10
	// MaxName is how long an image's name may be: the tags that the provider
	// makes of it have 128 characters at most.
	MaxName = 50
)

// Platforms are those that images are made for.
var Platforms = []string{"linux/amd64", "linux/arm64"}

// Args are what every target honours with one meaning.
type Args struct {
	// Platform of all programs in the registry, one of Platforms.
	Platform string
	// Keep is how many images the registry keeps at most; older ones are
	// deleted. The stack deletes by itself what it replaced, so this is for
	// what others left. An update holds two of every image for a while, so it
	// is at least twice the number of images, and MinKeep.
	Keep int
}

// Registry keeps the images of a grid.
type Registry struct {
	pulumi.ResourceState
	Binding

	name   string
	driver Driver
	args   Args
	pushed map[string]pushed
}

// pushed is an image with the program that it is of.
type pushed struct {
	image  *Image
	sha256 string
}

// Image is one program as a container image.
type Image struct {
	pulumi.CustomResourceState
	// Digest of its manifest, sha256:HEX.
	Digest pulumi.StringOutput `pulumi:"digest"`
	// Tag of it, which never moves; for people, since a digest says nothing.
	Tag pulumi.StringOutput `pulumi:"tag"`
	// URI is where it is pulled from, REPOSITORY@DIGEST, known once it is there.
	URI pulumi.StringOutput `pulumi:"uri"`
}

// New declares a registry. All faults of the arguments come in one error,
// before anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Registry, error) {
	if err := errors.Join(naming.Check("registry", name), a.check(d.Caps()), d.Check()); err != nil {
		return nil, fmt.Errorf("registry %q on %s: %w", name, d.Target(), err)
	}
	r := &Registry{name: name, driver: d, args: a, pushed: map[string]pushed{}}
	in := pulumi.Map{"target": pulumi.String(d.Target()), "platform": pulumi.String(a.Platform), "keep": pulumi.Int(a.Keep)}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, r, opts...); err != nil {
		return nil, fmt.Errorf("registering registry %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(r))
	if err != nil {
		return nil, fmt.Errorf("registry %q on %s: %w", name, d.Target(), err)
	}
	r.Binding = *b
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"repository": b.Repository, "id": b.ID})
}

func (a Args) check(c Caps) error {
	var f limits.Faults
	if !slices.Contains(Platforms, a.Platform) {
		f.Addf("platform is %q, want one of %q", a.Platform, Platforms)
	}
	f.Between("keep", a.Keep, MinKeep, c.MaxKeep)
	return f.Err()
}

// Push registers the image of a program. Its name is the resource's: where no
// parent is given, the registry is the parent and its name goes in front. The
// same program under the same name is pushed once, whoever asks for it; another
// program under that name is refused. One program under two names is two
// images, so that deleting one leaves the other.
func (r *Registry) Push(ctx *pulumi.Context, name string, p artifact.Program, parent ...pulumi.ResourceOption) (*Image, error) {
	if len(parent) == 0 {
		name, parent = naming.Child(r.name, name), []pulumi.ResourceOption{pulumi.Parent(r)}
	}
	if known, ok := r.pushed[name]; ok && known.sha256 == p.SHA256 {
		return known.image, nil
	}
	if err := r.checkPush(name, p); err != nil {
		return nil, fmt.Errorf("pushing image %q to registry %q: %w", name, r.name, err)
	}
	image := &Image{}
	in := pulumi.Map{
		"repository": r.Repository, "name": pulumi.String(name), "platform": pulumi.String(r.args.Platform),
		"program": pulumi.String(p.Path), "programSha256": pulumi.String(p.SHA256),
	}
	opts := append(slices.Clone(parent), pulumi.Provider(r.driver.Provider()), pulumi.DependsOn(r.Guards))
	if err := ctx.RegisterResource(ImageType, name, in, image, opts...); err != nil {
		return nil, fmt.Errorf("registering image %q: %w", name, err)
	}
	r.pushed[name] = pushed{image, p.SHA256}
	return image, nil
}

var namePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (r *Registry) checkPush(name string, p artifact.Program) error {
	var f limits.Faults
	if len(name) > MaxName || !namePattern.MatchString(name) {
		f.Addf("the name is %q, want 1..%d of a-z, 0-9 and single hyphens between them", name, MaxName)
	}
	if len(p.SHA256) != 64 || p.Path == "" {
		f.Addf("program %q has SHA-256 %q, want a program that was opened", p.Path, p.SHA256)
	}
	if _, ok := r.pushed[name]; ok {
		f.Addf("there is another program under that name, want another name for it")
	} else if n := len(r.pushed) + 1; 2*n > r.args.Keep {
		f.Addf("keep is %d, want %d or more: an update holds two of each of %d images", r.args.Keep, 2*n, n)
	}
	return f.Err()
}

// URIs is a registry for those who want no more of an image than where it is
// pulled from.
type URIs struct{ Registry *Registry }

// Push registers the image of a program below parent, as Registry.Push does.
func (u URIs) Push(ctx *pulumi.Context, name string, p artifact.Program, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	i, err := u.Registry.Push(ctx, name, p, parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return i.URI, nil
}
