package main

import (
	"context"
	"fmt"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var errDebugger = status.Error(codes.Unimplemented,
	"this Go language host cannot attach a debugger: use the official Pulumi CLI, which brings one that can")

// Run builds the program and runs it to its end.
func (h *host) Run(call context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errDebugger
	}
	ctx, release := h.cancellable(call)
	defer release()

	engineAddress, err := h.engine()
	if err != nil {
		return nil, err
	}
	p, err := resolveProgram(req.GetInfo())
	if err != nil {
		return nil, err
	}
	environment, err := programEnvironment(h.environ, req, engineAddress)
	if err != nil {
		return nil, err
	}
	path, err := h.executable(ctx, p)
	if err != nil {
		return nil, err
	}

	cmd := exec.CommandContext(ctx, path, req.GetArgs()...)
	cmd.Dir, cmd.Env = req.GetPwd(), environment
	cmd.Stdout, cmd.Stderr = h.stdout, h.stderr
	ownGroup(cmd)
	err = run(ctx, cmd)
	if ctx.Err() != nil {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return runResponse(path, err)
}

// runResponse maps how a program ended to what the engine shows.
func runResponse(path string, err error) (*pulumirpc.RunResponse, error) {
	code, signal, ok := exit(err)
	switch {
	case !ok:
		return nil, fmt.Errorf("running Go program %q: %w", path, err)
	case code == 0:
		return &pulumirpc.RunResponse{}, nil
	case code == constant.ExitStatusLoggedError:
		// The program has already reported its error to the engine.
		return &pulumirpc.RunResponse{Bail: true}, nil
	case signal != "":
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program was ended by a signal: %s", signal)}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with status %d", code)}, nil
	}
}
