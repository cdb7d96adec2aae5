package command

import (
	"bufio"
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStoppedInTheGrace(t *testing.T) {
	t.Parallel()
	cause := errors.New("the machine is taken away")
	ctx, log := stopOnce(t, "ready", cause)
	r, err := Run(ctx, helper(t, "polite"), Options{Output: log, Grace: time.Minute})
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "ready\nsaved\n", r.Stdout)
	assert.Equal(t, 0, r.ExitCode)
	assert.Equal(t, "context canceled: the machine is taken away", r.Stopped)
}

func TestStoppedAfterTheGrace(t *testing.T) {
	t.Parallel()
	ctx, log := stopOnce(t, "ready", nil)
	r, err := Run(ctx, helper(t, "stubborn"), Options{Output: log, Grace: 50 * time.Millisecond})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "SIGKILL", r.Signal)
	assert.Less(t, r.Seconds, 20.0)
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r, err := Run(ctx, Spec{Argv: []string{"sleep", "600"}}, Options{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Contains(t, err.Error(), `program "sleep" was stopped after`)
	assert.Equal(t, "SIGTERM", r.Signal)

	_, err = Run(ctx, Spec{Argv: []string{"sleep", "600"}}, Options{})
	assert.EqualError(t, err, `program "sleep" was not started: context deadline exceeded`)
}

// grandchild starts a child that ignores SIGTERM and holds the pipes; it says
// its number once it does.
const grandchild = `sh -c 'trap "" TERM; echo $$ > pid; exec sleep 600' & while [ ! -s pid ]; do :; done; cat pid; `

func TestGrandchildDiesWithAStoppedProgram(t *testing.T) {
	t.Parallel()
	ctx, log := stopOnce(t, "\n", nil)
	begun := time.Now()
	r, err := Run(ctx, Spec{Argv: []string{"sh", "-c", grandchild + "wait"}}, Options{Output: log, Grace: 50 * time.Millisecond})
	require.ErrorIs(t, err, context.Canceled)
	assert.Less(t, time.Since(begun), 20*time.Second)
	assertGone(t, r.Stdout)
}

func TestGrandchildDiesWithAProgramThatExits(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", grandchild + "exit 0"}}, Options{})
	require.NoError(t, err)
	assert.Less(t, time.Since(begun), 20*time.Second)
	assert.Equal(t, 0, r.ExitCode)
	assertGone(t, r.Stdout)
}

func TestProgramDiesWithItsWorker(t *testing.T) {
	t.Parallel()
	spec := helper(t, "worker")
	worker := exec.Command(spec.Argv[0])
	worker.Env = []string{helperVar + "=worker", "TMPDIR=" + t.TempDir()}
	out, err := worker.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, worker.Start())
	pid, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, worker.Process.Kill())
	_ = worker.Wait() // says that it was killed
	assertGone(t, pid)
}
