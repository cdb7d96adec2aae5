package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/components/provider/ociimage"
	"github.com/spotgrid/spotgrid/components/provider/ociregistry"
)

// Image is a program as a container image in a registry.
type Image struct{}

// ImageArgs are what a user declares of an image.
type ImageArgs struct {
	Repository    string   `pulumi:"repository"`
	Name          string   `pulumi:"name"`
	Program       string   `pulumi:"program"`
	ProgramSHA256 string   `pulumi:"programSha256"`
	Platform      string   `pulumi:"platform"`
	Entrypoint    []string `pulumi:"entrypoint,optional"`
}

// ImageState is an image as it is.
type ImageState struct {
	ImageArgs
	Digest string `pulumi:"digest"`
	Tag    string `pulumi:"tag"`
	URI    string `pulumi:"uri"`
}

// Annotate describes the resource in the provider's schema.
func (i *Image) Annotate(d infer.Annotator) {
	d.Describe(&i, "A container image of one program and nothing else, made without Docker and pushed to a registry. The same program gives the same image.")
	d.SetToken("image", "Image")
}

// Annotate describes the properties.
func (a *ImageArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Repository, "Where it is pushed to, HOST/PATH. For ECR with the credentials of the AWS SDK, else with those of Docker's configuration file.")
	d.Describe(&a.Name, "Its title, which tells images of one program apart; no two images of a repository have the same.")
	d.Describe(&a.Program, "Path of the program, one that needs no other file.")
	d.Describe(&a.ProgramSHA256, "SHA-256 of the program, in hex.")
	d.Describe(&a.Platform, "linux/amd64 or linux/arm64.")
	d.Describe(&a.Entrypoint, "What starts, "+ociimage.ProgramPath+" first; by default the program without arguments.")
}

// Annotate describes the properties.
func (s *ImageState) Annotate(d infer.Annotator) {
	d.Describe(&s.Digest, "Digest of the image, sha256:HEX.")
	d.Describe(&s.Tag, "Tag of the image, which never moves.")
	d.Describe(&s.URI, "Where it is pulled from, REPOSITORY@DIGEST.")
}

func (a ImageArgs) spec() ociimage.Spec {
	return ociimage.Spec{Title: a.Name, Program: a.Program, SHA256: a.ProgramSHA256, Platform: a.Platform, Entrypoint: a.Entrypoint}
}

// Check reports all faults of what is known already.
func (*Image) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ImageArgs], error) {
	a, failures, err := infer.DefaultCheck[ImageArgs](ctx, req.NewInputs)
	if err != nil {
		return infer.CheckResponse[ImageArgs]{}, err
	}
	for _, one := range []struct {
		property string
		check    func() error
	}{
		{"repository", func() error { _, err := ociregistry.Parse(a.Repository); return err }},
		{"name", func() error { return ociimage.CheckTitle(a.Name) }},
		{"program", func() error { return checkAbsolute(a.Program) }},
		{"programSha256", func() error { return ociimage.CheckHash(a.ProgramSHA256) }},
		{"platform", func() error { return ociimage.CheckPlatform(a.Platform) }},
		{"entrypoint", func() error { return ociimage.CheckEntrypoint(a.Entrypoint) }},
	} {
		v, given := req.NewInputs.GetOk(one.property)
		if !given || v.HasComputed() || failed(failures, one.property) {
			continue
		}
		if err := one.check(); err != nil {
			failures = append(failures, p.CheckFailure{Property: one.property, Reason: err.Error()})
		}
	}
	return infer.CheckResponse[ImageArgs]{Inputs: a, Failures: failures}, nil
}

func failed(failures []p.CheckFailure, property string) bool {
	for _, f := range failures {
		if f.Property == property {
			return true
		}
	}
	return false
}

func checkAbsolute(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("it is \"" + path + "\", want an absolute path: the provider runs in a folder of its own")
	}
	return nil
}

// WireDependencies keeps what a preview could make out: see Create.
func (*Image) WireDependencies(f infer.FieldSelector, _ *ImageArgs, s *ImageState) {
	if s.Digest != "" {
		f.OutputField(&s.Digest).AlwaysKnown()
		f.OutputField(&s.Tag).AlwaysKnown()
	}
	if s.URI != "" {
		f.OutputField(&s.URI).AlwaysKnown()
	}
}

// Create pushes the image. A preview makes it too and pushes nothing: the digest
// follows from the declaration alone, so what it shows is what an update will
// have. Where the program is not built, or the repository not there yet, the
// preview leaves open what depends on it.
func (*Image) Create(ctx context.Context, req infer.CreateRequest[ImageArgs]) (infer.CreateResponse[ImageState], error) {
	a := req.Inputs
	out := infer.CreateResponse[ImageState]{Output: ImageState{ImageArgs: a}}
	if req.DryRun && (a.Name == "" || a.Program == "" || a.ProgramSHA256 == "" || a.Platform == "") {
		return out, nil // not known yet
	}
	image, err := ociimage.Build(a.spec())
	if req.DryRun && errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Output.Digest, out.Output.Tag = image.Digest, image.Tag
	if a.Repository != "" {
		out.ID = a.Repository + "@" + image.Digest
		out.Output.URI = out.ID
	}
	if req.DryRun {
		return out, nil
	}
	return out, a.push(ctx, image)
}

func (a ImageArgs) push(ctx context.Context, image *ociimage.Image) error {
	r, err := ociregistry.Open(ctx, a.Repository)
	if err != nil {
		return err
	}
	log := p.GetLogger(ctx)
	log.InfoStatusf("pushing %.1f MiB to %s", float64(image.Bytes)/(1<<20), a.Repository)
	pushed, err := r.Push(image.Content, image.Tag)
	if err == nil && !pushed {
		log.InfoStatusf("%s was there already", image.Digest)
	}
	return err
}

// Diff says what changed: everything that does makes another image.
func (*Image) Diff(_ context.Context, req infer.DiffRequest[ImageArgs, ImageState]) (infer.DiffResponse, error) {
	old, declared := req.State.ImageArgs, req.Inputs
	// An entrypoint that is left out is the same as its default. Taken for
	// another image it would be pushed, which does nothing, and then deleted.
	old.Entrypoint, declared.Entrypoint = old.spec().Start(), declared.spec().Start()
	diff := compare(old, declared, "repository", "name", "programSha256", "platform", "entrypoint")
	// Where the program was built says nothing; its hash does.
	delete(diff, "program")
	return diff.response(false), nil
}

// Read looks whether the image is there.
func (*Image) Read(ctx context.Context, req infer.ReadRequest[ImageArgs, ImageState]) (infer.ReadResponse[ImageArgs, ImageState], error) {
	out := infer.ReadResponse[ImageArgs, ImageState](req) // as it was last seen
	r, err := ociregistry.Open(ctx, req.State.Repository)
	if err != nil {
		return out, err
	}
	there, err := r.Has(req.State.Digest)
	if err == nil && !there {
		return infer.ReadResponse[ImageArgs, ImageState]{}, nil
	}
	return out, err
}

// Delete deletes the image, also for whoever else declares an image of the same
// name and program in the repository.
func (*Image) Delete(ctx context.Context, req infer.DeleteRequest[ImageState]) (infer.DeleteResponse, error) {
	r, err := ociregistry.Open(ctx, req.State.Repository)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	return infer.DeleteResponse{}, r.Delete(req.State.Digest, req.State.Tag)
}
