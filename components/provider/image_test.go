package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/provider/ociregistry"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
)

const imageURN = "urn:pulumi:test::spotgrid::spotgrid:image:Image::it"

// printing builds a program that prints words, and needs nothing else.
func printing(t *testing.T, words string) (path, hash string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\nfunc main() { print(`"+words+"`) }\n"), 0o600))
	path = filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-buildid=", "-o", path, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	hash, err = programs.Hash(path)
	require.NoError(t, err)
	return path, hash
}

// registryHost runs a registry and returns its host.
func registryHost(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// images is a registry with the provider in front.
type images struct {
	t      *testing.T
	server integration.Server
	inputs property.Map
}

func newImages(t *testing.T) *images {
	t.Helper()
	path, hash := printing(t, "hello")
	return &images{t, server(t), object("repository", registryHost(t)+"/images", "name", "quote",
		"program", path, "programSha256", hash, "platform", "linux/"+runtime.GOARCH)}
}

// failures are what Check finds, by property.
func (i *images) failures(inputs property.Map) map[string]string {
	i.t.Helper()
	checked, err := i.server.Check(p.CheckRequest{Urn: imageURN, Inputs: inputs})
	require.NoError(i.t, err)
	found := map[string]string{}
	for _, f := range checked.Failures {
		found[f.Property] += f.Reason
	}
	return found
}

func (i *images) create(inputs property.Map, dryRun bool) p.CreateResponse {
	i.t.Helper()
	require.Empty(i.t, i.failures(inputs))
	created, err := i.server.Create(p.CreateRequest{Urn: imageURN, Properties: inputs, DryRun: dryRun})
	require.NoError(i.t, err)
	return created
}

// differences lists what Diff reports, by property.
func (i *images) differences(state, inputs property.Map) map[string]p.DiffKind {
	i.t.Helper()
	d, err := i.server.Diff(p.DiffRequest{Urn: imageURN, State: state, Inputs: inputs})
	require.NoError(i.t, err)
	kinds := map[string]p.DiffKind{}
	for property, one := range d.DetailedDiff {
		kinds[property] = one.Kind
	}
	assert.Equal(i.t, len(kinds) > 0, d.HasChanges)
	assert.False(i.t, d.DeleteBeforeReplace, "who runs the old image goes on until the new one is there")
	return kinds
}

// there asks the registry itself.
func (i *images) there(state property.Map) bool {
	i.t.Helper()
	r, err := ociregistry.Open(i.t.Context(), state.Get("repository").AsString())
	require.NoError(i.t, err)
	there, err := r.Has(state.Get("digest").AsString())
	require.NoError(i.t, err)
	return there
}

func text(v property.Value) string { return v.AsString() }

func TestAnImageIsWhatItsPreviewSaid(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	preview := i.create(i.inputs, true).Properties
	assert.False(t, i.there(preview), "a preview pushes nothing")
	created := i.create(i.inputs, false)
	assert.True(t, i.there(created.Properties))
	for _, output := range []string{"digest", "tag", "uri"} {
		assert.Equal(t, preview.Get(output), created.Properties.Get(output), output)
	}
	uri := text(i.inputs.Get("repository")) + "@" + text(created.Properties.Get("digest"))
	assert.Equal(t, uri, text(created.Properties.Get("uri")))
	assert.Equal(t, uri, created.ID)
	assert.Contains(t, text(created.Properties.Get("tag")), "quote-"+text(i.inputs.Get("programSha256")))

	again := i.create(i.inputs, false)
	assert.Equal(t, created, again, "pushing it again does nothing")
}

func TestAPreviewOfAnImageLeavesOpenWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	unknown := property.New(property.Computed)
	notYet := i.create(with(i.inputs, "repository", unknown), true).Properties
	assert.True(t, notYet.Get("digest").IsString(), "the repository is of no account for the digest")
	assert.True(t, notYet.Get("uri").IsComputed())

	missing := with(i.inputs, "program", property.New("/nowhere/program"))
	for what, inputs := range map[string]property.Map{
		"the program is not built": missing, "its hash is not known": with(i.inputs, "programSha256", unknown),
		"its platform is not known": with(i.inputs, "platform", unknown),
	} {
		out := i.create(inputs, true).Properties
		assert.True(t, out.Get("digest").IsComputed(), what)
		assert.True(t, out.Get("uri").IsComputed(), what)
	}
	_, err := i.server.Create(p.CreateRequest{Urn: imageURN, Properties: missing})
	assert.ErrorContains(t, err, "/nowhere/program", "an update needs it")
}

func TestOnlyAnotherImageReplacesOne(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	state := i.create(i.inputs, false).Properties
	assert.Empty(t, i.differences(state, i.inputs))
	for property, v := range map[string]property.Value{
		"program":    property.New("/elsewhere/program"),
		"entrypoint": property.New([]property.Value{property.New("/bootstrap")}),
	} {
		assert.Empty(t, i.differences(state, with(i.inputs, property, v)), property)
	}
	for name, v := range map[string]property.Value{
		"programSha256": property.New(strings.Repeat("0", 64)), "platform": property.New("linux/other"),
		"name": property.New("price"), "repository": property.New("other.example/images"),
		"entrypoint": property.New([]property.Value{property.New("/bootstrap"), property.New("-v")}),
	} {
		assert.Equal(t, map[string]p.DiffKind{name: p.UpdateReplace}, i.differences(state, with(i.inputs, name, v)))
	}
}

func TestAnImageThatIsGoneIsFoundMissing(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	created := i.create(i.inputs, false)
	read := func() p.ReadResponse {
		t.Helper()
		r, err := i.server.Read(p.ReadRequest{ID: created.ID, Urn: imageURN, Inputs: i.inputs, Properties: created.Properties})
		require.NoError(t, err)
		return r
	}
	assert.Equal(t, created.ID, read().ID)
	assert.Equal(t, created.Properties, read().Properties)
	remove := func() error {
		return i.server.Delete(p.DeleteRequest{ID: created.ID, Urn: imageURN, Properties: created.Properties})
	}
	require.NoError(t, remove())
	assert.False(t, i.there(created.Properties))
	assert.Empty(t, read().ID)
	assert.NoError(t, remove(), "deleting what is gone is fine")
}

func TestTheSameProgramUnderAnotherNameIsAnImageOfItsOwn(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	first := i.create(i.inputs, false)
	second := i.create(with(i.inputs, "name", property.New("price")), false)
	assert.NotEqual(t, first.ID, second.ID)
	require.NoError(t, i.server.Delete(p.DeleteRequest{ID: first.ID, Urn: imageURN, Properties: first.Properties}))
	assert.False(t, i.there(first.Properties))
	assert.True(t, i.there(second.Properties), "it does not go with the other")
}

func TestAllFaultsOfAnImageComeTogether(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	bad := object("repository", "https://host.example/images", "name", "Quote", "program", "bin/quote", "programSha256", "abc", "platform", "windows/386")
	bad = with(bad, "entrypoint", property.New([]property.Value{property.New("/bin/sh")}))
	found := i.failures(bad)
	for property, want := range map[string]string{
		"repository": "want HOST/PATH", "name": "want 1..50 of a-z", "program": "want an absolute path", "programSha256": "want a SHA-256",
		"platform": "want linux/amd64 or linux/arm64", "entrypoint": "want /bootstrap first",
	} {
		assert.Contains(t, found[property], want, property)
	}
	assert.Len(t, found, 6)
	missing := i.failures(object("platform", "windows/386"))
	assert.Contains(t, missing["platform"], "want linux/amd64", "what is given is checked though others are missing")
	assert.Len(t, missing, 5)
}

func TestAnImageForAnotherPlatformThanItsProgramsIsRefusedInThePreview(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	other := map[string]string{"amd64": "linux/arm64", "arm64": "linux/amd64"}[runtime.GOARCH]
	_, err := i.server.Create(p.CreateRequest{Urn: imageURN, Properties: with(i.inputs, "platform", property.New(other)), DryRun: true})
	assert.ErrorContains(t, err, "want one for "+other)
}

func TestARegistryThatCannotBeReachedIsNamed(t *testing.T) {
	t.Parallel()
	i := newImages(t)
	down := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(down.URL, "http://")
	down.Close()
	_, err := i.server.Create(p.CreateRequest{Urn: imageURN, Properties: with(i.inputs, "repository", property.New(host+"/images"))})
	assert.ErrorContains(t, err, ociregistry.ErrUnreachable.Error())
	assert.ErrorContains(t, err, host)
}
