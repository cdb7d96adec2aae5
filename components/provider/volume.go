package main

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Volume is a folder that all workers share.
type Volume struct{}

// VolumeArgs are what a user declares of a volume.
type VolumeArgs struct {
	Directory string `pulumi:"directory"`
	Name      string `pulumi:"name"`
	Path      string `pulumi:"path"`
}

// VolumeState is a volume as it is.
type VolumeState struct {
	VolumeArgs
	URL string `pulumi:"url"`
}

// Annotate describes the resource in the provider's schema.
func (v *Volume) Annotate(d infer.Annotator) {
	d.Describe(&v, "A folder that holds the grid's batches, results and logs. Deleting it deletes them.")
	d.SetToken("local", "Volume")
}

// Annotate describes the properties.
func (a *VolumeArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Directory, "Directory of the agent that keeps it.")
	d.Describe(&a.Name, "Name of the volume.")
	d.Describe(&a.Path, "Absolute path of the folder; a new or an empty one.")
}

func (a VolumeArgs) agent() string { return a.Directory }
func (a VolumeArgs) kind() string  { return "volumes" }
func (a VolumeArgs) name() string  { return a.Name }

// Create makes the folder.
func (*Volume) Create(ctx context.Context, req infer.CreateRequest[VolumeArgs]) (infer.CreateResponse[VolumeState], error) {
	out := infer.CreateResponse[VolumeState]{ID: id(req.Inputs), Output: VolumeState{VolumeArgs: req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	c, _, err := connect(ctx, req.Inputs.Directory)
	if err != nil {
		return out, err
	}
	s, err := c.PutVolume(ctx, api.Volume{Name: req.Inputs.Name, Path: req.Inputs.Path})
	out.Output.URL = s.URL
	return out, err
}

// Diff says what changed; nothing of a volume can change in place.
func (*Volume) Diff(_ context.Context, req infer.DiffRequest[VolumeArgs, VolumeState]) (infer.DiffResponse, error) {
	return compare(req.State.VolumeArgs, req.Inputs, "directory", "name", "path").response(false), nil
}

// Read looks at the volume.
func (*Volume) Read(ctx context.Context, req infer.ReadRequest[VolumeArgs, VolumeState]) (infer.ReadResponse[VolumeArgs, VolumeState], error) {
	out := infer.ReadResponse[VolumeArgs, VolumeState](req) // as it was last seen
	s, known, err := look(ctx, req.State)
	if !known {
		return out, err
	}
	for _, v := range s.Volumes {
		if v.Name == req.State.Name {
			out.State.Path, out.State.URL = v.Path, v.URL
			return out, nil
		}
	}
	return infer.ReadResponse[VolumeArgs, VolumeState]{}, nil
}

// Delete deletes the folder with everything in it.
func (*Volume) Delete(ctx context.Context, req infer.DeleteRequest[VolumeState]) (infer.DeleteResponse, error) {
	return deleteFrom(ctx, req.State)
}
