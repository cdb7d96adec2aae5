package main

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Function is a program that answers calls.
type Function struct{}

// FunctionArgs are what a user declares of a function.
type FunctionArgs struct {
	Directory      string            `pulumi:"directory"`
	Server         string            `pulumi:"server"`
	Name           string            `pulumi:"name"`
	Binary         string            `pulumi:"binary"`
	BinarySHA256   string            `pulumi:"binarySha256"`
	TimeoutSeconds int               `pulumi:"timeoutSeconds"`
	MemoryMiB      int               `pulumi:"memoryMib"`
	Concurrency    int               `pulumi:"concurrency"`
	Environment    map[string]string `pulumi:"environment,optional"`
}

// FunctionState is a function as it is.
type FunctionState struct {
	FunctionArgs
	URL string `pulumi:"url"`
}

// Annotate describes the resource in the provider's schema.
func (f *Function) Annotate(d infer.Annotator) {
	d.Describe(&f, "A program built on an AWS Lambda runtime, started on demand and ended when idle.")
	d.SetToken("local", "Function")
}

// Annotate describes the properties.
func (a *FunctionArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Directory, "Directory of the agent that serves it.")
	d.Describe(&a.Server, "The agent's address; the function's URL follows it.")
	d.Describe(&a.Name, "Name of the function.")
	d.Describe(&a.Binary, "Path of the function's program.")
	d.Describe(&a.BinarySHA256, "SHA-256 of the program, in hex.")
	d.Describe(&a.TimeoutSeconds, "How long one call may take, in seconds.")
	d.Describe(&a.MemoryMiB, "Memory that the function is told it has, in MiB.")
	d.Describe(&a.Concurrency, "Most calls at a time.")
	d.Describe(&a.Environment, "Environment of the function.")
}

func (a FunctionArgs) agent() string { return a.Directory }
func (a FunctionArgs) kind() string  { return "functions" }
func (a FunctionArgs) name() string  { return a.Name }

func (a FunctionArgs) put(ctx context.Context) (FunctionState, error) {
	c, _, err := connect(ctx, a.Directory)
	if err != nil {
		return FunctionState{FunctionArgs: a}, err
	}
	s, err := c.PutFunction(ctx, api.Function{
		Name: a.Name, Binary: a.Binary, BinarySHA256: a.BinarySHA256,
		TimeoutSeconds: a.TimeoutSeconds, MemoryMiB: a.MemoryMiB, Concurrency: a.Concurrency,
		Environment: a.Environment,
	})
	return FunctionState{FunctionArgs: a, URL: s.URL}, err
}

// Create declares the function; it is started when it is called.
func (*Function) Create(ctx context.Context, req infer.CreateRequest[FunctionArgs]) (infer.CreateResponse[FunctionState], error) {
	out := infer.CreateResponse[FunctionState]{ID: id(req.Inputs), Output: FunctionState{FunctionArgs: req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Diff says what changed; only another name is another function.
func (*Function) Diff(_ context.Context, req infer.DiffRequest[FunctionArgs, FunctionState]) (infer.DiffResponse, error) {
	diff := compare(req.State.FunctionArgs, req.Inputs, "directory", "name")
	// Where the program was built says nothing; its hash does.
	delete(diff, "binary")
	return diff.response(false), nil
}

// Update changes the function in place, after the calls it is at.
func (*Function) Update(ctx context.Context, req infer.UpdateRequest[FunctionArgs, FunctionState]) (infer.UpdateResponse[FunctionState], error) {
	out := infer.UpdateResponse[FunctionState]{Output: FunctionState{FunctionArgs: req.Inputs, URL: req.State.URL}}
	if req.DryRun {
		return out, nil
	}
	var err error
	out.Output, err = req.Inputs.put(ctx)
	return out, err
}

// Read looks at the function's declaration.
func (*Function) Read(ctx context.Context, req infer.ReadRequest[FunctionArgs, FunctionState]) (infer.ReadResponse[FunctionArgs, FunctionState], error) {
	out := infer.ReadResponse[FunctionArgs, FunctionState](req) // as it was last seen
	s, known, err := look(ctx, req.State)
	if !known {
		return out, err
	}
	for _, f := range s.Functions {
		if f.Name == req.State.Name {
			a := &out.State
			a.BinarySHA256, a.TimeoutSeconds, a.MemoryMiB = f.BinarySHA256, f.TimeoutSeconds, f.MemoryMiB
			a.Concurrency, a.Environment, a.URL = f.Concurrency, f.Environment, f.URL
			return out, nil
		}
	}
	return infer.ReadResponse[FunctionArgs, FunctionState]{}, nil
}

// Delete ends the function.
func (*Function) Delete(ctx context.Context, req infer.DeleteRequest[FunctionState]) (infer.DeleteResponse, error) {
	return deleteFrom(ctx, req.State)
}
