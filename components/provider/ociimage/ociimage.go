// Package ociimage makes container images of programs: one layer on nothing,
// with the program in it. The same program gives the same image, wherever and
// whenever it is made.
//
// Nothing else is in it: no shell, no time zones, no folder for temporary
// files, and no certificates of authorities, so that a program that calls
// others by TLS brings their certificates along.
package ociimage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// ProgramPath is where the program lies in the image.
	ProgramPath = "/bootstrap"
	// user is nobody's, as in other images without a system; it owns nothing.
	user = "65532:65532"
	// MaxTitle leaves room in a tag, which has 128 characters at most (OCI
	// distribution specification), for both hashes.
	MaxTitle = 50
	// digestDigits of an image's digest tell apart what is made of one program.
	digestDigits = 12

	titleLabel = "org.opencontainers.image.title" // OCI image specification, annotations
	hashLabel  = "spotgrid.program.sha256"
)

// Spec says what an image is made of.
type Spec struct {
	// Title tells images of one program apart: 1..MaxTitle of a-z, 0-9 and
	// hyphens.
	Title string
	// Program is the path of a program that needs no other file, SHA256 the
	// hash of its content, in hex.
	Program, SHA256 string
	// Platform is linux/arm64 or linux/amd64.
	Platform string
	// Entrypoint is what starts; empty: the program, without arguments.
	Entrypoint []string
}

// Image is one that was made.
type Image struct {
	Content v1.Image
	// Digest of its manifest, sha256:HEX.
	Digest string
	// Tag names title, program and image, so that a tag never has to move.
	Tag string
	// Bytes that have to be pushed, all in all.
	Bytes int64
}

// Start is the entrypoint in full.
func (s Spec) Start() []string {
	if len(s.Entrypoint) == 0 {
		return []string{ProgramPath}
	}
	return s.Entrypoint
}

// Build makes an image. It fails for a program that is missing (fs.ErrNotExist),
// that is not the one meant, or that could not run in the image.
func Build(s Spec) (*Image, error) {
	content, err := os.ReadFile(s.Program)
	if err != nil {
		return nil, fmt.Errorf("making image: %w", err)
	}
	if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != s.SHA256 {
		return nil, fmt.Errorf("making image of %q: its content has SHA-256 %x, want %q: it was built anew meanwhile, try again", s.Program, got, s.SHA256)
	}
	if err := checkRuns(content, s.Platform); err != nil {
		return nil, fmt.Errorf("making image of %q: %w", s.Program, err)
	}
	image, err := assemble(s, content)
	if err != nil {
		return nil, fmt.Errorf("making image of %q: %w", s.Program, err)
	}
	return image, nil
}

func assemble(s Spec, content []byte) (*Image, error) {
	layer, err := newLayer(content)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	base, err = mutate.ConfigFile(base, s.config())
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(base, layer)
	if err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	size, err := layer.Size()
	if err != nil {
		return nil, err
	}
	return &Image{
		Content: image, Digest: digest.String(), Bytes: size,
		Tag: s.Title + "-" + s.SHA256 + "-" + digest.Hex[:digestDigits],
	}, nil
}

// config has no time but the one that means none.
func (s Spec) config() *v1.ConfigFile {
	system, architecture, _ := strings.Cut(s.Platform, "/")
	return &v1.ConfigFile{
		OS: system, Architecture: architecture, Created: v1.Time{Time: time.Unix(0, 0).UTC()},
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
		Config: v1.Config{
			Entrypoint: s.Start(), User: user, WorkingDir: "/",
			Labels: map[string]string{titleLabel: s.Title, hashLabel: s.SHA256},
		},
	}
}

var (
	titlePattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hashPattern  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// CheckTitle reports a title that fits no tag.
func CheckTitle(title string) error {
	if len(title) > MaxTitle || !titlePattern.MatchString(title) {
		return fmt.Errorf("it is %q, want 1..%d of a-z, 0-9 and single hyphens between them", title, MaxTitle)
	}
	return nil
}

// CheckHash reports what is no SHA-256.
func CheckHash(hash string) error {
	if !hashPattern.MatchString(hash) {
		return fmt.Errorf("it is %q, want a SHA-256: 64 of 0-9 and a-f", hash)
	}
	return nil
}

// CheckPlatform reports a platform that no image is made for.
func CheckPlatform(platform string) error {
	if _, ok := machines[platform]; !ok {
		return fmt.Errorf("it is %q, want linux/amd64 or linux/arm64", platform)
	}
	return nil
}

// CheckEntrypoint reports an entrypoint that cannot start: the image has
// nothing but the program, so that a name without a path means nothing.
func CheckEntrypoint(entrypoint []string) error {
	if len(entrypoint) > 0 && (entrypoint[0] != ProgramPath || slices.Contains(entrypoint, "")) {
		return fmt.Errorf("it is %q, want %s first, which is all that the image has, and no empty argument", entrypoint, ProgramPath)
	}
	return nil
}
