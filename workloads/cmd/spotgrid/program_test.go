package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAProgramIsTriedWithoutAGrid(t *testing.T) {
	t.Parallel()
	nowhere := place{dir: t.TempDir()}
	quote := filepath.Join(programsDir, "quote")
	payload := filepath.Join(nowhere.dir, "payload.json")
	require.NoError(t, os.WriteFile(payload, []byte(`{"jobs":2,"vcpu_seconds":7200}`), 0o600))
	a := nowhere.spotgrid(t, "", "invoke", "--program", quote, payload, "--json")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, `"cheapest":`)
	assert.Equal(t, 1, strings.Count(a.out, "\n"), "one line: %s", a.out)

	bad := nowhere.spotgrid(t, `{"jobs":0}`, "invoke", "--program", quote)
	assert.Equal(t, 1, bad.code)
	assert.Contains(t, bad.err, `function "function" failed: `)
	assert.Contains(t, bad.err, "jobs is 0, want 1..")

	other := nowhere.spotgrid(t, `{}`, "invoke", "--program", filepath.Join(programsDir, "worker"))
	assert.Equal(t, 1, other.code)
	assert.Contains(t, other.err, "SPOTGRID_QUEUE_URL is not set", "the program's own log")
	assert.Contains(t, other.err, "ended before it took the call (exit status 2)")
}

func TestATrialThatIsInterruptedLeavesNoProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hang := filepath.Join(dir, "hang")
	require.NoError(t, os.WriteFile(hang, []byte("#!/bin/sh\necho started >&2\nsleep 61.6131\n"), 0o700))
	cmd := exec.CommandContext(t.Context(), filepath.Join(programsDir, "spotgrid"), "invoke", "--program", hang, "--timeout-seconds", "900")
	cmd.Stdin = strings.NewReader("{}")
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = log.Read(make([]byte, 100))
	require.NoError(t, err, "its log is shown while it runs")
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
	assert.Equal(t, 130, cmd.ProcessState.ExitCode())
	left, _ := exec.Command("pgrep", "-f", "61.6131").Output()
	assert.Empty(t, string(left))
}
