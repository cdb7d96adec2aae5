package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// goEnvironment is the environment go commands get in tests: no network, and
// no settings of an outer go command.
func goEnvironment() []string {
	return overlay(os.Environ(), map[string]string{"GOPROXY": "off", "GOFLAGS": "", "GOWORK": "off"})
}

func TestParseArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		argv  []string
		want  arguments
		fault string
	}{
		"address only":    {argv: []string{"127.0.0.1:7"}, want: arguments{engineAddress: "127.0.0.1:7"}},
		"started by hand": {},
		"engine's flags": {
			argv: []string{"--logtostderr", "-v=9", "--tracing", "http://t", "127.0.0.1:7"},
			want: arguments{logToStderr: true, verbosity: 9, tracing: "http://t", engineAddress: "127.0.0.1:7"},
		},
		"two addresses": {argv: []string{"a", "b"}, fault: `want one engine address, got 2 arguments: ["a" "b"]`},
		"unknown flag":  {argv: []string{"-nope"}, fault: "flag provided but not defined: -nope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseArguments(test.argv, io.Discard)
			if test.fault != "" {
				require.EqualError(t, err, test.fault)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestRunResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		want   *pulumirpc.RunResponse
	}{
		"success":            {script: "exit 0", want: &pulumirpc.RunResponse{}},
		"error was reported": {script: "exit 32", want: &pulumirpc.RunResponse{Bail: true}},
		"other status":       {script: "exit 3", want: &pulumirpc.RunResponse{Error: "program exited with status 3"}},
		"signal":             {script: "kill -SEGV $$", want: &pulumirpc.RunResponse{Error: "program was ended by a signal: segmentation fault"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := runResponse("prog", exec.Command("/bin/sh", "-c", test.script).Run())
			require.NoError(t, err)
			assert.Equal(t, test.want.GetBail(), got.GetBail())
			assert.Equal(t, test.want.GetError(), got.GetError())
		})
	}
	_, err := runResponse("/no/such", exec.Command("/no/such").Run())
	assert.ErrorContains(t, err, `running Go program "/no/such"`)
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil)
	_, err := h.engine()
	require.ErrorContains(t, err, "no engine address")
	_, err = h.Handshake(t.Context(), &pulumirpc.LanguageHandshakeRequest{})
	require.ErrorContains(t, err, "engine_address is empty")

	_, err = h.Handshake(t.Context(), &pulumirpc.LanguageHandshakeRequest{EngineAddress: "127.0.0.1:9"})
	require.NoError(t, err)
	address, err := h.engine()
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:9", address)
}

func TestBuild(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), map[string]string{
		"go.mod":          "module example.com/prog\ngo 1.24\n",
		"good/main.go":    "package main\nimport \"fmt\"\nfunc main() { fmt.Print(\"built\") }\n",
		"broken/main.go":  "package main\nfunc main() { undefinedName() }\n",
		"library/lib.go":  "package library\n",
		"empty/readme.md": "\n",
	})
	h := testHost(t, goEnvironment())

	path, err := h.executable(t.Context(), program{dir: dir + "/good"})
	require.NoError(t, err)
	assert.Equal(t, "good", filepath.Base(path))
	output, err := exec.Command(path).Output()
	require.NoError(t, err)
	assert.Equal(t, "built", string(output))

	target, err := h.executable(t.Context(), program{dir: dir + "/good", options: options{buildTarget: "out/infra"}})
	require.NoError(t, err)
	assert.Equal(t, dir+"/good/out/infra", target)
	assert.FileExists(t, target)

	_, err = h.executable(t.Context(), program{dir: dir + "/broken"})
	assert.ErrorContains(t, err, "main.go:2:15: undefined: undefinedName", "go's own message")
	_, err = h.executable(t.Context(), program{dir: dir + "/library"})
	assert.ErrorContains(t, err, "it is not package main")
	_, err = h.executable(t.Context(), program{dir: dir + "/empty"})
	assert.ErrorContains(t, err, "no .go files there")
}

func TestDownloadLines(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	filter := &downloadLines{to: &shown}
	for _, part := range []string{"go: downl", "oading example.com/a v1.0.0\n# prog\n./main.go:2: go: ", "downloading x\ngo: downloading b v1\n"} {
		n, err := io.WriteString(filter, part)
		require.NoError(t, err)
		assert.Equal(t, len(part), n)
	}
	assert.Equal(t, "go: downloading example.com/a v1.0.0\ngo: downloading b v1\n", shown.String())
}

// A cancelled run must take with it what the program started, too.
func TestCancelEndsTheWholeProcessGroup(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), map[string]string{
		// The grandchild ignores SIGTERM and tells its number.
		"prog": "#!/bin/sh\n(trap '' TERM; echo $$ >/dev/null; sh -c 'trap \"\" TERM; echo $PPID $$ > pids.new; mv pids.new pids; sleep 300')\n",
	})
	require.NoError(t, os.Chmod(dir+"/prog", 0o755))
	h := testHost(t, os.Environ())
	require.NoError(t, h.follow("127.0.0.1:9"))
	info := &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."}
	info.Options = mustStruct(t, map[string]any{"binary": "prog"})

	done := make(chan error, 1)
	go func() {
		_, err := h.Run(t.Context(), &pulumirpc.RunRequest{Pwd: dir, Info: info})
		done <- err
	}()
	var pids []string
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(dir + "/pids")
		pids = strings.Fields(string(content))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	require.Len(t, pids, 2)

	_, err := h.Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, codes.Canceled, status.Code(<-done))
	for _, pid := range pids {
		number, err := strconv.Atoi(pid)
		require.NoError(t, err)
		assert.Eventually(t, func() bool { return gone(number) }, 10*time.Second, 10*time.Millisecond, "process %d", number)
	}
}

// gone says whether a process has ended, be it that nobody has reaped it yet.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}
