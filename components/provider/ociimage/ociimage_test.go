package ociimage_test

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/provider/ociimage"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
)

// here is the platform of this machine.
const here = "linux/" + runtime.GOARCH

// build builds a program that prints words, for a machine.
func build(t *testing.T, architecture, words string) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	require.NoError(t, os.WriteFile(source, []byte("package main\nfunc main() { print(`"+words+"`) }\n"), 0o600))
	program := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-buildid=", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

func spec(t *testing.T, program, platform string) ociimage.Spec {
	t.Helper()
	hash, err := programs.Hash(program)
	require.NoError(t, err)
	return ociimage.Spec{Title: "quote", Program: program, SHA256: hash, Platform: platform}
}

func TestTheSameProgramGivesTheSameImage(t *testing.T) {
	t.Parallel()
	program := build(t, runtime.GOARCH, "hello")
	first, err := ociimage.Build(spec(t, program, here))
	require.NoError(t, err)

	moved := filepath.Join(t.TempDir(), "elsewhere")
	content, err := os.ReadFile(program)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(moved, content, 0o600))
	require.NoError(t, os.Chtimes(moved, time.Now(), time.Now().Add(-time.Hour)))
	again, err := ociimage.Build(spec(t, moved, here))
	require.NoError(t, err)
	assert.Equal(t, first.Digest, again.Digest, "wherever, whenever and with which rights it was built")
	assert.Equal(t, first.Tag, again.Tag)
}

func TestWhatDiffersIsAnotherImageUnderAnotherTag(t *testing.T) {
	t.Parallel()
	s := spec(t, build(t, runtime.GOARCH, "hello"), here)
	seen := map[string]string{}
	for what, change := range map[string]func(*ociimage.Spec){
		"as it is":   func(*ociimage.Spec) {},
		"title":      func(s *ociimage.Spec) { s.Title = "price" },
		"entrypoint": func(s *ociimage.Spec) { s.Entrypoint = []string{ociimage.ProgramPath, "-v"} },
		"program": func(s *ociimage.Spec) {
			*s = spec(t, build(t, runtime.GOARCH, "good-bye"), here)
		},
	} {
		changed := s
		change(&changed)
		image, err := ociimage.Build(changed)
		require.NoError(t, err)
		for _, key := range []string{image.Digest, image.Tag} {
			assert.NotContains(t, seen, key, what)
			seen[key] = what
		}
		assert.Regexp(t, "^"+changed.Title+"-"+changed.SHA256+"-[0-9a-f]{12}$", image.Tag)
		assert.LessOrEqual(t, len(image.Tag), 128)
	}
	s.Entrypoint = []string{ociimage.ProgramPath}
	image, err := ociimage.Build(s)
	require.NoError(t, err)
	assert.Equal(t, "as it is", seen[image.Digest], "the default entrypoint, written out")
}

func TestTheLongestTitleFitsATag(t *testing.T) {
	t.Parallel()
	s := spec(t, build(t, runtime.GOARCH, "hello"), here)
	s.Title = strings.Repeat("a", ociimage.MaxTitle)
	require.NoError(t, ociimage.CheckTitle(s.Title))
	image, err := ociimage.Build(s)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(image.Tag), 128)
}

func TestTheImageSaysWhatItIsAndNothingOfWhoMadeIt(t *testing.T) {
	t.Parallel()
	for _, architecture := range []string{"amd64", "arm64"} {
		s := spec(t, build(t, architecture, "hello"), "linux/"+architecture)
		image, err := ociimage.Build(s)
		require.NoError(t, err)
		config, err := image.Content.ConfigFile()
		require.NoError(t, err)
		assert.Equal(t, "linux", config.OS)
		assert.Equal(t, architecture, config.Architecture)
		assert.Equal(t, v1.Config{
			Entrypoint: []string{"/bootstrap"}, User: "65532:65532", WorkingDir: "/",
			Labels: map[string]string{"org.opencontainers.image.title": "quote", "spotgrid.program.sha256": s.SHA256},
		}, config.Config)
		assert.Equal(t, int64(0), config.Created.Unix())
		assert.Empty(t, config.Author)
		manifest, err := image.Content.Manifest()
		require.NoError(t, err)
		assert.Equal(t, types.OCIManifestSchema1, manifest.MediaType)
		assert.Equal(t, types.OCIConfigJSON, manifest.Config.MediaType)
		require.Len(t, manifest.Layers, 1)
		assert.Equal(t, types.OCILayer, manifest.Layers[0].MediaType)
		assert.Equal(t, manifest.Layers[0].Size, image.Bytes)
	}
}

// TestTheProgramInTheImageRuns takes it out as a runtime would, and starts it.
func TestTheProgramInTheImageRuns(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("images are for Linux")
	}
	image, err := ociimage.Build(spec(t, build(t, runtime.GOARCH, "hello"), here))
	require.NoError(t, err)
	layers, err := image.Content.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 1)
	content, err := layers[0].Uncompressed()
	require.NoError(t, err)
	defer content.Close()
	files := tar.NewReader(content)
	header, err := files.Next()
	require.NoError(t, err)
	assert.Equal(t, "bootstrap", header.Name)
	assert.Equal(t, int64(0o755), header.Mode)
	assert.Equal(t, int64(0), header.ModTime.Unix())
	assert.Zero(t, header.Uid+header.Gid, "nobody but root may change it")
	program := filepath.Join(t.TempDir(), header.Name)
	f, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, fs.FileMode(header.Mode))
	require.NoError(t, err)
	_, err = io.Copy(f, files)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = files.Next()
	assert.ErrorIs(t, err, io.EOF, "there is nothing else")
	cmd := exec.Command(program)
	cmd.Env = []string{} // as in the image
	out, err := cmd.CombinedOutput()
	require.NoError(t, err)
	assert.Equal(t, "hello", string(out))
}

func TestWhatCouldNotRunIsRefused(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700))
	amd := spec(t, build(t, "amd64", "hello"), "linux/arm64")
	stale := spec(t, build(t, runtime.GOARCH, "hello"), here)
	stale.SHA256 = strings.Repeat("0", 64)
	other := spec(t, build(t, runtime.GOARCH, "hello"), "windows/amd64")
	for want, s := range map[string]ociimage.Spec{
		"it is no program for linux/arm64":                                 spec(t, script, "linux/arm64"),
		"it is a program for EM_X86_64, want one for linux/arm64":          amd,
		"it was built anew meanwhile":                                      stale,
		`platform: it is "windows/amd64", want linux/amd64 or linux/arm64`: other,
	} {
		_, err := ociimage.Build(s)
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, s.Program)
	}
	_, err := ociimage.Build(ociimage.Spec{Program: script + "-missing"})
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

// TestAProgramThatNeedsTheSystemIsRefused takes a program of this machine's.
func TestAProgramThatNeedsTheSystemIsRefused(t *testing.T) {
	t.Parallel()
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("this machine has no /bin/sh of Linux")
	}
	_, err = ociimage.Build(spec(t, shell, here))
	assert.ErrorContains(t, err, "build it with CGO_ENABLED=0")
}

func TestWhatFitsNoImageIsRefused(t *testing.T) {
	t.Parallel()
	assert.NoError(t, ociimage.CheckTitle("grid-quote-image"))
	for _, title := range []string{"", "Quote", "-quote", "a--b", strings.Repeat("a", ociimage.MaxTitle+1)} {
		assert.ErrorContains(t, ociimage.CheckTitle(title), "want 1..50 of a-z", title)
	}
	assert.NoError(t, ociimage.CheckHash(strings.Repeat("0a", 32)))
	for _, hash := range []string{"", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
		assert.ErrorContains(t, ociimage.CheckHash(hash), "want a SHA-256", hash)
	}
	assert.NoError(t, ociimage.CheckEntrypoint(nil))
	assert.NoError(t, ociimage.CheckEntrypoint([]string{"/bootstrap", "-v"}))
	for _, entrypoint := range [][]string{{"bootstrap"}, {"/bin/sh", "-c"}, {"/bootstrap", ""}} {
		assert.ErrorContains(t, ociimage.CheckEntrypoint(entrypoint), "want /bootstrap first")
	}
}
