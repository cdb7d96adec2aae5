package main

import (
	"context"
	"errors"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
)

// Agent is the background process that runs everything else.
type Agent struct{}

// AgentArgs are what a user declares of an agent.
type AgentArgs struct {
	Directory     string `pulumi:"directory"`
	Program       string `pulumi:"program"`
	ProgramSHA256 string `pulumi:"programSha256"`
	QueuePort     int    `pulumi:"queuePort,optional"`
	HTTPPort      int    `pulumi:"httpPort,optional"`
}

// AgentState is an agent as it is.
type AgentState struct {
	AgentArgs
	URL     string `pulumi:"url"`
	Server  string `pulumi:"server"`
	Running bool   `pulumi:"running"`
}

// Annotate describes the resource in the provider's schema.
func (a *Agent) Annotate(d infer.Annotator) {
	d.Describe(&a, "The grid's background process: it embeds the queue server, supervises workers and serves functions. One per directory.")
	d.SetToken("local", "Agent")
}

// Annotate describes the properties.
func (a *AgentArgs) Annotate(d infer.Annotator) {
	d.Describe(&a.Directory, "Absolute path of the folder that holds everything the agent keeps.")
	d.Describe(&a.Program, "Path of the spotgrid program.")
	d.Describe(&a.ProgramSHA256, "SHA-256 of the program, in hex.")
	d.Describe(&a.QueuePort, "Port of the queue server on 127.0.0.1; 0 for any free one, kept from then on.")
	d.Describe(&a.HTTPPort, "Port of the agent itself on 127.0.0.1; 0 for any free one, kept from then on.")
}

// Annotate describes the properties.
func (s *AgentState) Annotate(d infer.Annotator) {
	d.Describe(&s.URL, "Where the agent is called.")
	d.Describe(&s.Server, "Where the queue server listens.")
	d.Describe(&s.Running, "Whether the agent was running when last looked at.")
}

func (a AgentArgs) settings() launch.Settings {
	return launch.Settings{Directory: launch.Directory(a.Directory), QueuePort: a.QueuePort, HTTPPort: a.HTTPPort}
}

func (a AgentArgs) state(s *api.Status) AgentState {
	return AgentState{AgentArgs: a, URL: s.URL, Server: s.QueueURL, Running: true}
}

// start runs the agent's own copy of the program, so that a rebuild on disk
// does not change a running grid.
func (a AgentArgs) start(ctx context.Context) (AgentState, error) {
	dir := launch.Directory(a.Directory)
	if err := dir.Prepare(); err != nil {
		return AgentState{}, err
	}
	copies := programs.Folder(dir.Programs())
	if err := copies.Add(a.Program, a.ProgramSHA256); err != nil {
		return AgentState{}, err
	}
	_, s, err := launch.Start(ctx, copies.Path(a.ProgramSHA256), a.settings())
	if err != nil {
		return AgentState{}, err
	}
	return a.state(s), nil
}

// Create starts the agent.
func (*Agent) Create(ctx context.Context, req infer.CreateRequest[AgentArgs]) (infer.CreateResponse[AgentState], error) {
	out := infer.CreateResponse[AgentState]{ID: req.Inputs.Directory, Output: AgentState{AgentArgs: req.Inputs}}
	if req.DryRun {
		return out, nil
	}
	p.GetLogger(ctx).InfoStatus("starting the agent")
	var err error
	out.Output, err = req.Inputs.start(ctx)
	return out, err
}

// Diff compares what is declared with what runs: an agent that died is a
// difference, so that `pulumi up` mends it without a refresh.
func (*Agent) Diff(ctx context.Context, req infer.DiffRequest[AgentArgs, AgentState]) (infer.DiffResponse, error) {
	old, diff := req.State, changes{}
	diff.replaceIf("directory", old.Directory != req.Inputs.Directory)
	diff.updateIf("programSha256", old.ProgramSHA256 != req.Inputs.ProgramSHA256)
	diff.updateIf("queuePort", old.QueuePort != req.Inputs.QueuePort)
	diff.updateIf("httpPort", old.HTTPPort != req.Inputs.HTTPPort)
	_, s, err := launch.Find(ctx, launch.Directory(old.Directory))
	if err != nil && !errors.Is(err, api.ErrDown) {
		return infer.DiffResponse{}, err
	}
	diff.updateIf("running", err != nil || !old.Running)
	diff.updateIf("programSha256", err == nil && s.SHA256 != req.Inputs.ProgramSHA256)
	return diff.response(true), nil
}

// Update restarts the agent, workers drained. What it kept, it keeps.
func (*Agent) Update(ctx context.Context, req infer.UpdateRequest[AgentArgs, AgentState]) (infer.UpdateResponse[AgentState], error) {
	out := infer.UpdateResponse[AgentState]{Output: AgentState{
		AgentArgs: req.Inputs, URL: req.State.URL, Server: req.State.Server, Running: true,
	}}
	if req.DryRun {
		return out, nil
	}
	dir := launch.Directory(req.Inputs.Directory)
	p.GetLogger(ctx).InfoStatus("restarting the agent; its workers finish their jobs first")
	if err := launch.Stop(ctx, dir); err != nil {
		return out, err
	}
	var err error
	out.Output, err = req.Inputs.start(ctx)
	return out, err
}

// Read looks whether the agent runs.
func (*Agent) Read(ctx context.Context, req infer.ReadRequest[AgentArgs, AgentState]) (infer.ReadResponse[AgentArgs, AgentState], error) {
	out := infer.ReadResponse[AgentArgs, AgentState](req) // as it was last seen
	_, s, err := launch.Find(ctx, launch.Directory(req.ID))
	switch {
	case errors.Is(err, api.ErrDown):
		out.State.Running = false
	case err != nil:
		return out, err
	default:
		out.State.URL, out.State.Server, out.State.Running = s.URL, s.QueueURL, true
	}
	return out, nil
}

// Delete stops the agent and everything it runs, and deletes its directory.
func (*Agent) Delete(ctx context.Context, req infer.DeleteRequest[AgentState]) (infer.DeleteResponse, error) {
	dir := launch.Directory(req.State.Directory)
	p.GetLogger(ctx).InfoStatus("stopping the agent")
	if err := launch.Stop(ctx, dir); err != nil {
		return infer.DeleteResponse{}, err
	}
	return infer.DeleteResponse{}, dir.Purge()
}

// connect finds the agent of a directory; every other resource needs it.
func connect(ctx context.Context, directory string) (*api.Client, *api.Status, error) {
	c, s, err := launch.Find(ctx, launch.Directory(directory))
	if err != nil {
		return nil, nil, fmt.Errorf("%w (directory %s): run `pulumi up`, which starts it again", err, directory)
	}
	return c, s, nil
}
