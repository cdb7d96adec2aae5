// Package imagetest is the suite that every driver of package image passes.
package imagetest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/image"
)

// Open makes a driver that pushes with the provider.
type Open func(p pulumi.ProviderResource) image.Driver

// Args are arguments that every driver accepts.
var Args = image.Args{Platform: "linux/arm64", Keep: image.MinKeep}

// Provider registers the project's own provider.
func Provider(ctx *pulumi.Context) (pulumi.ProviderResource, error) {
	p := &pulumi.ProviderResourceState{}
	return p, ctx.RegisterResource("pulumi:providers:spotgrid", "spotgrid", pulumi.Map{}, p)
}

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, open Open, compute componenttest.Compute) {
	quote := artifacttest.Program(t, "a quote")
	t.Run("two registries stand side by side", func(t *testing.T) {
		componenttest.Run(t, compute, func(ctx *pulumi.Context) error { return two(t, ctx, open, quote) },
			func(t *testing.T, tree *componenttest.Tree) {
				assert.NotEmpty(t, tree.Below("first"))
				assert.Len(t, tree.Below("second"), len(tree.Below("first")))
				in := tree.One(t, image.Type, "first").Inputs
				assert.Equal(t, open(&pulumi.ProviderResourceState{}).Target(), in["target"].StringValue(), "policies read the component's inputs")
				assert.Equal(t, "linux/arm64", in["platform"].StringValue())
			})
	})
	t.Run("an image is pushed once, by the project's provider", func(t *testing.T) {
		componenttest.Run(t, compute, func(ctx *pulumi.Context) error { return push(t, ctx, open, quote) },
			func(t *testing.T, tree *componenttest.Tree) { checkPushed(t, tree, quote) })
	})
	t.Run("what cannot be pushed is refused", func(t *testing.T) {
		componenttest.Run(t, compute, func(ctx *pulumi.Context) error { return refuse(t, ctx, open, quote) },
			func(t *testing.T, tree *componenttest.Tree) {
				assert.Len(t, tree.Of(image.ImageType), image.MinKeep/2, "those that were not refused")
			})
	})
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) {
		d := open(&pulumi.ProviderResourceState{})
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := image.New(ctx, "Bad Name", d, image.Args{Platform: "windows/386", Keep: d.Caps().MaxKeep + 1})
			return err
		})
		for _, want := range []string{"Bad Name", `platform is "windows/386"`, "keep is", d.Target()} {
			assert.ErrorContains(t, err, want)
		}
	})
}

// registry declares one with a provider.
func registry(ctx *pulumi.Context, open Open) (*image.Registry, error) {
	p, err := Provider(ctx)
	if err != nil {
		return nil, err
	}
	return image.New(ctx, "images", open(p), Args)
}

func two(t *testing.T, ctx *pulumi.Context, open Open, quote artifact.Program) error {
	p, err := Provider(ctx)
	if err != nil {
		return err
	}
	for _, name := range []string{"first", "second"} {
		r, err := image.New(ctx, name, open(p), Args)
		if err != nil {
			return err
		}
		componenttest.Filled(t, ctx, "Repository", r.Repository)
		componenttest.Filled(t, ctx, "ID", r.ID)
		assert.NotEmpty(t, r.Guards, "something protects the images")
		if _, err := r.Push(ctx, "quote", quote); err != nil {
			return err
		}
	}
	return nil
}

// push pushes one program thrice: below the registry, the same again, and below
// another component.
func push(t *testing.T, ctx *pulumi.Context, open Open, quote artifact.Program) error {
	r, err := registry(ctx, open)
	if err != nil {
		return err
	}
	i, err := r.Push(ctx, "quote", quote)
	if err != nil {
		return err
	}
	componenttest.Filled(t, ctx, "Digest", i.Digest)
	componenttest.Filled(t, ctx, "URI", i.URI)
	moved := quote
	moved.Path += "-elsewhere"
	again, err := r.Push(ctx, "quote", moved)
	if err != nil {
		return err
	}
	assert.Same(t, i, again, "whoever asks gets the same image, wherever the program was built")
	function := &pulumi.ResourceState{}
	if err := ctx.RegisterComponentResource("test:function:Function", "price", function); err != nil {
		return err
	}
	uri, err := image.URIs{Registry: r}.Push(ctx, "price-image", quote, pulumi.Parent(function))
	componenttest.Filled(t, ctx, "uri", uri)
	return err
}

func checkPushed(t *testing.T, tree *componenttest.Tree, quote artifact.Program) {
	assert.Len(t, tree.Of(image.ImageType), 2)
	for _, name := range []string{"images-quote", "price-image"} {
		i := tree.One(t, image.ImageType, name)
		assert.Contains(t, i.Provider, "pulumi:providers:spotgrid::spotgrid", name)
		assert.Equal(t, name, i.Inputs["name"].StringValue(), "one program under two names is two images")
		assert.Equal(t, quote.Path, i.Inputs["program"].StringValue())
		assert.Equal(t, quote.SHA256, i.Inputs["programSha256"].StringValue())
		assert.Equal(t, "linux/arm64", i.Inputs["platform"].StringValue())
	}
	assert.Equal(t, "price", tree.One(t, image.ImageType, "price-image").Parent.Name())
}

// refuse tries what a registry does not take, and more images than it keeps.
func refuse(t *testing.T, ctx *pulumi.Context, open Open, quote artifact.Program) error {
	r, err := registry(ctx, open)
	if err != nil {
		return err
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		_, err := r.Push(ctx, name, quote)
		require.NoError(t, err)
	}
	_, err = r.Push(ctx, "a", artifacttest.Program(t, "another quote"))
	assert.ErrorContains(t, err, `pushing image "images-a" to registry "images": there is another program under that name`)
	_, err = r.Push(ctx, "Bad Name", artifact.Program{})
	for _, want := range []string{"Bad Name", "want a program that was opened", "keep is 10, want 12 or more"} {
		assert.ErrorContains(t, err, want)
	}
	return nil
}
