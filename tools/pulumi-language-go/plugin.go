package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/status"
)

// RunPlugin builds a policy pack or a plugin written in Go and runs it until
// it exits or the stream ends, which is how the engine stops it. The program
// is the one in req.Info; req.Pwd is only where it runs.
func (h *host) RunPlugin(req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	if req.GetAttachDebugger() {
		return errDebugger
	}
	ctx, release := joined(stream.Context(), h.life)
	defer release()

	p, err := resolveProgram(req.GetInfo())
	if err != nil {
		return err
	}
	path, err := h.executable(ctx, p)
	if err != nil {
		return err
	}

	cmd := exec.CommandContext(ctx, path, req.GetArgs()...)
	cmd.Dir, cmd.Env = req.GetPwd(), req.GetEnv()
	output := &pluginOutput{stream: stream}
	cmd.Stdout, cmd.Stderr = output.writer(stdoutMessage), output.writer(stderrMessage)
	ownGroup(cmd)
	return output.exit(ctx, path, run(ctx, cmd))
}

// pluginOutput serialises two streams and an exit code into one.
type pluginOutput struct {
	mu     sync.Mutex
	stream pulumirpc.LanguageRuntime_RunPluginServer
}

func (o *pluginOutput) send(message *pulumirpc.RunPluginResponse) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stream.Send(message)
}

func (o *pluginOutput) writer(message func([]byte) *pulumirpc.RunPluginResponse) io.Writer {
	return writerFunc(func(p []byte) error { return o.send(message(p)) })
}

// exit ends the stream with the exit code of a process that ended with err.
func (o *pluginOutput) exit(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	code, _, ok := exit(err)
	if !ok {
		return fmt.Errorf("running Go plugin %q: %w", path, err)
	}
	return o.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}})
}

func stdoutMessage(p []byte) *pulumirpc.RunPluginResponse {
	return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: p}}
}

func stderrMessage(p []byte) *pulumirpc.RunPluginResponse {
	return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: p}}
}

// writerFunc makes a writer of a function that takes all of its bytes.
type writerFunc func([]byte) error

func (f writerFunc) Write(p []byte) (int, error) {
	if err := f(p); err != nil {
		return 0, err
	}
	return len(p), nil
}
