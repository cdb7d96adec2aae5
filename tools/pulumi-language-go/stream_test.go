package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// dial serves a host over gRPC, as the engine sees it.
func dial(t *testing.T, h *host) pulumirpc.LanguageRuntimeClient {
	t.Helper()
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, h)
			return nil
		},
	})
	require.NoError(t, err)
	conn, err := grpc.NewClient("127.0.0.1:"+strconv.Itoa(handle.Port),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, conn.Close())
		close(stop)
		assert.NoError(t, <-handle.Done)
	})
	return pulumirpc.NewLanguageRuntimeClient(conn)
}

// scriptInfo is a prebuilt plugin that is a shell script.
func scriptInfo(t *testing.T, script string) *pulumirpc.ProgramInfo {
	t.Helper()
	dir := writeFiles(t, t.TempDir(), map[string]string{"plugin": "#!/bin/sh\n" + script})
	require.NoError(t, os.Chmod(dir+"/plugin", 0o755))
	return &pulumirpc.ProgramInfo{
		RootDirectory: dir, ProgramDirectory: dir, EntryPoint: ".",
		Options: mustStruct(t, map[string]any{"binary": "plugin"}),
	}
}

func TestRunPluginStreamsOutputsAndExitCode(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	stream, err := dial(t, testHost(t, nil)).RunPlugin(t.Context(), &pulumirpc.RunPluginRequest{
		Info: scriptInfo(t, `echo "$1 $NAME $(pwd)"; echo oops >&2; exit 7`),
		Pwd:  work, Args: []string{"127.0.0.1:7"}, Env: []string{"NAME=policy", "PATH=" + os.Getenv("PATH")},
	})
	require.NoError(t, err)
	var stdout, stderr strings.Builder
	code := int32(-1)
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		stdout.Write(message.GetStdout())
		stderr.Write(message.GetStderr())
		if exited, ok := message.GetOutput().(*pulumirpc.RunPluginResponse_Exitcode); ok {
			code = exited.Exitcode
		}
	}
	assert.Equal(t, "127.0.0.1:7 policy "+work+"\n", stdout.String())
	assert.Equal(t, "oops\n", stderr.String())
	assert.EqualValues(t, 7, code)
}

func TestRunPluginEndsWithItsStream(t *testing.T) {
	t.Parallel()
	call, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	stream, err := dial(t, testHost(t, nil)).RunPlugin(call, &pulumirpc.RunPluginRequest{
		Info: scriptInfo(t, "echo $$; exec sleep 300"), Env: os.Environ(),
	})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(first.GetStdout())))
	require.NoError(t, err)
	require.False(t, gone(pid))

	hangUp()
	assert.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, 10*time.Millisecond)
}

// install runs InstallDependencies and returns all it shows.
func install(t *testing.T, dir string) (string, error) {
	t.Helper()
	stream, err := dial(t, testHost(t, goEnvironment())).InstallDependencies(t.Context(), &pulumirpc.InstallDependenciesRequest{
		Info: &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."},
	})
	require.NoError(t, err)
	var shown strings.Builder
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return shown.String(), nil
		}
		if err != nil {
			return shown.String(), err
		}
		shown.Write(message.GetStdout())
		shown.Write(message.GetStderr())
	}
}

func TestInstallDependencies(t *testing.T) {
	t.Parallel()
	const gomod = "module example.com/prog\n\ngo 1.24\n\nrequire example.com/sdk v0.0.0\n\nreplace example.com/sdk => ./sdk\n"
	dir := writeFiles(t, t.TempDir(), map[string]string{
		"go.mod": gomod, "main.go": "package main\n\nfunc main() {}\n", "sdk/go.mod": "module example.com/sdk\n",
	})
	shown, err := install(t, dir)
	require.NoError(t, err, shown)
	assert.Contains(t, shown, "Downloading the Go modules of "+dir)
	assert.Contains(t, shown, "Finished downloading Go modules")
	after, err := os.ReadFile(dir + "/go.mod")
	require.NoError(t, err)
	assert.Equal(t, gomod, string(after), "go.mod is left alone, an unused requirement too")
}

func TestInstallDependenciesShowsWhatGoSays(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), map[string]string{
		"go.mod": "module example.com/prog\n\ngo 1.24\n\nrequire example.com/missing v1.0.0\n", "main.go": "package main\n",
	})
	shown, err := install(t, dir)
	require.ErrorContains(t, err, "go mod download: exit status 1")
	assert.Contains(t, shown, "example.com/missing@v1.0.0: module lookup disabled by GOPROXY=off")
}
