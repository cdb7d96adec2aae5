package command

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

// daemon starts a process as daemons do: forked twice, in a session of its own,
// without SIGTERM and with the pipes in hand. It says its number.
const daemon = `(setsid sh -c 'trap "" TERM HUP; echo $$ > pid; exec sleep 600' &); while [ ! -s pid ]; do :; done; cat pid; `

func TestADaemonDiesWithAProgramThatExits(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"without a cgroup": {}, "with one, if there is": {Cgroup: cgroupIfAny()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", daemon}}, o)
			require.NoError(t, err)
			assertGone(t, r.Stdout)
			assert.Contains(t, r.Warnings, "the program left 1 processes behind, which were ended")
			assert.False(t, r.StdoutTruncated, "nobody holds the pipe any more")
			assert.Less(t, time.Since(begun), 20*time.Second)
		})
	}
}

func TestADaemonDiesWithAStoppedProgram(t *testing.T) {
	t.Parallel()
	ctx, log := stopOnce(t, "\n", nil)
	r, err := Run(ctx, Spec{Argv: []string{"sh", "-c", daemon + "exec sleep 600"}}, Options{Output: log})
	require.Error(t, err)
	assertGone(t, r.Stdout)
}

func TestADaemonDiesWithItsWorkerAndNoCgroupIsLeft(t *testing.T) {
	t.Parallel()
	worker := exec.Command("/proc/self/exe", daemon+"echo $PPID; exec sleep 600")
	worker.Env = []string{helperVar + "=worker", "TMPDIR=" + t.TempDir()}
	out, err := worker.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, worker.Start())
	lines := bufio.NewReader(out)
	pid, err := lines.ReadString('\n')
	require.NoError(t, err)
	supervisorPID, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, worker.Process.Kill())
	_ = worker.Wait() // says that it was killed
	assertGone(t, pid)
	assertGone(t, supervisorPID)
	if parent := cgroupIfAny(); parent.Path != "" {
		assert.NoDirExists(t, filepath.Join(parent.Path, "command-"+strings.TrimSpace(supervisorPID)))
	}
}

func TestADaemonDiesWithItsWorkersWholeSession(t *testing.T) {
	t.Parallel()
	worker := exec.Command("/proc/self/exe", daemon+"echo $PPID; exec sleep 600")
	worker.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	worker.Env = []string{helperVar + "=worker", "TMPDIR=" + t.TempDir()}
	out, err := worker.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, worker.Start())
	identity, err := process.Identify(worker.Process.Pid)
	require.NoError(t, err)
	lines := bufio.NewReader(out)
	pid, err := lines.ReadString('\n')
	require.NoError(t, err)
	supervisorPID, err := lines.ReadString('\n')
	require.NoError(t, err)
	// As a local grid's agent does.
	process.KillSession(identity)
	_ = worker.Wait() // says that it was killed
	assertGone(t, pid)
	assertGone(t, supervisorPID)
	if parent := cgroupIfAny(); parent.Path != "" {
		assert.NoDirExists(t, filepath.Join(parent.Path, "command-"+strings.TrimSpace(supervisorPID)))
	}
}

func TestTheProgramDiesWithItsSupervisor(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", "echo $$; kill -9 $PPID; exec sleep 600"}}, Options{})
	require.ErrorContains(t, err, `running program "sh": its supervisor ended before it had reported: signal: killed`)
	assertGone(t, r.Stdout)
}

func TestADaemonInACgroupDiesWithItsSupervisor(t *testing.T) {
	t.Parallel()
	parent := anyCgroup(t)
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", daemon + "kill -9 $PPID; exec sleep 600"}}, Options{Cgroup: parent})
	require.ErrorContains(t, err, "its supervisor ended before it had reported")
	assertGone(t, strings.TrimSpace(r.Stdout))
}

func TestCPUTimeCountsProcessesThatNobodyWaitedFor(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", `(setsid sh -c 'head -c 500m /dev/zero | cksum > done.part; mv done.part done' &); while [ ! -e done ]; do sleep 0.02; done`}}, Options{})
	require.NoError(t, err)
	assert.Greater(t, r.UserCPUSeconds+r.SystemCPUSeconds, 0.1)
}

func TestProcessesThatTheSupervisorAdoptsAreReapedMeanwhile(t *testing.T) {
	t.Parallel()
	// Each round leaves an orphan that ends at once; the last lines look for
	// zombies of the supervisor, which is the program's parent.
	const script = `for i in 1 2 3 4 5 6 7 8 9 10; do (sh -c : &); done
tries=0; while [ $tries -lt 100 ]; do
  zombies=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ") Z $PPID ")
  [ $zombies = 0 ] && break
  sleep 0.05; tries=$((tries+1))
done
echo $zombies`
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", script}}, Options{})
	require.NoError(t, err)
	assert.Equal(t, "0\n", r.Stdout)
	assert.Empty(t, r.Warnings, "they ended by themselves")
}
