package supervisor

import (
	"bufio"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// start runs a shell whose child says its number, both of which sleep.
func start(t *testing.T, script string) (shell, child int) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // says that it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err = strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	return cmd.Process.Pid, child
}

func find(all []process, pid int) (process, bool) {
	for _, p := range all {
		if p.pid == pid {
			return p, true
		}
	}
	return process{}, false
}

func TestDescendantsAreFoundAtEveryDepth(t *testing.T) {
	shell, child := start(t, `sh -c 'echo $$; sleep 600; :' & wait`)
	all := descendants()
	p, ok := find(all, shell)
	require.True(t, ok)
	assert.Equal(t, syscall.Getpid(), p.parent)
	assert.Equal(t, 1, p.threads)
	assert.Positive(t, p.rssPages)
	p, ok = find(all, child)
	require.True(t, ok)
	assert.Equal(t, shell, p.parent)
	_, ok = find(all, syscall.Getppid())
	assert.False(t, ok, "who started the test is none")
}

func TestAProcessCanBeCalledWhatItLikes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := dir + "/) Z 1 1"
	require.NoError(t, exec.Command("cp", "/bin/sleep", name).Run())
	cmd := exec.Command(name, "600")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // says that it was killed
	})
	p, ok := readProcess(cmd.Process.Pid)
	require.True(t, ok)
	assert.NotEqual(t, byte('Z'), p.state)
	assert.Equal(t, syscall.Getpid(), p.parent)
}

func TestTheWatchNamesWhatIsExceeded(t *testing.T) {
	_, child := start(t, `exec sh -c 'sleep 600 & echo $$; wait'`)
	require.Positive(t, child)
	for name, c := range map[string]struct {
		watch watch
		want  string
	}{
		"nothing":          {watch{}, ""},
		"little memory":    {watch{memoryBytes: 1}, limit.MemoryMiB},
		"enough memory":    {watch{memoryBytes: 1 << 40}, ""},
		"few processes":    {watch{processes: 1}, limit.Processes},
		"enough processes": {watch{processes: 1000}, ""},
		"enough CPU time":  {watch{cpuSeconds: 1e6}, ""},
	} {
		assert.Equal(t, c.want, c.watch.exceeded(nil), name)
	}
}
