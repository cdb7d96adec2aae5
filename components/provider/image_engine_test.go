package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/provider/ociregistry"
)

// shelf is a repository that is there already.
type shelf struct {
	repository string
	provider   pulumi.ProviderResource
}

var _ image.Driver = shelf{}

func (shelf) Target() string                      { return "test" }
func (shelf) Caps() image.Caps                    { return image.Caps{MaxKeep: image.MinKeep} }
func (shelf) Check() error                        { return nil }
func (s shelf) Provider() pulumi.ProviderResource { return s.provider }
func (s shelf) Build(*pulumi.Context, string, image.Args, pulumi.ResourceOption) (*image.Binding, error) {
	r := pulumi.String(s.repository).ToStringOutput()
	return &image.Binding{Repository: r, ID: r}, nil
}

// imageStack declares an image of the program on the real engine, with the
// provider as it is now.
func imageStack(t *testing.T, repository string, program *string) auto.Stack {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(root, "bin", "pulumi")); err != nil {
		t.Skip("bin/pulumi is not built, run `make tools`")
	}
	plugin := t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(plugin, "pulumi-resource-spotgrid"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	require.NoError(t, err)
	backend := "file://" + t.TempDir()
	stack, err := auto.UpsertStackInlineSource(t.Context(), "test", "spotgrid", func(ctx *pulumi.Context) error {
		var p pulumi.ProviderResourceState
		if err := ctx.RegisterResource("pulumi:providers:spotgrid", "spotgrid", pulumi.Map{}, &p); err != nil {
			return err
		}
		r, err := image.New(ctx, "images", shelf{repository, &p}, image.Args{Platform: "linux/" + runtime.GOARCH, Keep: image.MinKeep})
		if err != nil {
			return err
		}
		opened, err := artifact.Open(*program)
		if err != nil {
			return err
		}
		i, err := r.Push(ctx, "quote", opened)
		if err != nil {
			return err
		}
		ctx.Export("uri", i.URI)
		ctx.Export("digest", i.Digest)
		ctx.Export("tag", i.Tag)
		return nil
	}, auto.Pulumi(command), auto.PulumiHome(t.TempDir()), auto.EnvVars(map[string]string{
		"PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
	}), auto.Project(workspace.Project{
		Name: "spotgrid", Runtime: workspace.NewProjectRuntimeInfo("go", nil), Backend: &workspace.ProjectBackend{URL: backend},
		Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "spotgrid", Path: plugin}}},
	}))
	require.NoError(t, err)
	return stack
}

// previewed is the image's URI as a preview shows it.
func previewed(t *testing.T, stack auto.Stack) string {
	t.Helper()
	stream, found := make(chan events.EngineEvent), make(chan string)
	go func() {
		uri := ""
		for e := range stream {
			if o := e.ResOutputsEvent; o != nil && o.Metadata.Type == image.ImageType && o.Metadata.New != nil {
				uri, _ = o.Metadata.New.Outputs["uri"].(string)
			}
		}
		found <- uri
	}()
	_, err := stack.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress())
	uri := <-found
	require.NoError(t, err)
	return uri
}

// TestAnImagesLifeOnTheEngine goes through what a stack does with an image.
func TestAnImagesLifeOnTheEngine(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the real engine: not in a short run")
	}
	i := &images{t: t}
	repository := registryHost(t) + "/images"
	program, _ := printing(t, "hello")
	elsewhere, _ := printing(t, "hello")
	another, _ := printing(t, "good-bye")
	stack := imageStack(t, repository, &program)
	expected := previewed(t, stack)
	up := func() (state property.Map, changes map[string]int) {
		t.Helper()
		res, err := stack.Up(t.Context(), optup.SuppressProgress())
		require.NoError(t, err)
		digest := res.Outputs["digest"].Value.(string)
		assert.Equal(t, repository+"@"+digest, res.Outputs["uri"].Value)
		return object("repository", repository, "digest", digest, "tag", res.Outputs["tag"].Value), *res.Summary.ResourceChanges
	}
	first, _ := up()
	assert.True(t, i.there(first))
	assert.Equal(t, expected, repository+"@"+first.Get("digest").AsString(), "the preview knew it")

	t.Run("the same program built elsewhere is no change", func(t *testing.T) {
		program = elsewhere
		_, err := stack.Preview(t.Context(), optpreview.ExpectNoChanges(), optpreview.SuppressProgress())
		assert.NoError(t, err)
	})
	t.Run("another program replaces the image", func(t *testing.T) {
		program = another
		assert.NotEqual(t, expected, previewed(t, stack))
		second, changes := up()
		assert.Equal(t, map[string]int{"replace": 1, "same": 3}, changes)
		assert.True(t, i.there(second))
		assert.False(t, i.there(first), "nothing refers to it any more")
		first = second
	})
	t.Run("a refresh finds it missing, and an update pushes it again", func(t *testing.T) {
		r, err := ociregistry.Open(t.Context(), repository)
		require.NoError(t, err)
		require.NoError(t, r.Delete(first.Get("digest").AsString(), first.Get("tag").AsString()))
		_, err = stack.Refresh(t.Context(), optrefresh.SuppressProgress())
		require.NoError(t, err)
		_, changes := up()
		assert.Equal(t, map[string]int{"create": 1, "same": 3}, changes)
		assert.True(t, i.there(first))
	})
	t.Run("a destroy deletes it", func(t *testing.T) {
		_, err := stack.Destroy(t.Context(), optdestroy.SuppressProgress())
		require.NoError(t, err)
		assert.False(t, i.there(first))
	})
}
