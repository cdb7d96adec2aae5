package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/limit"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// controlled is a parent of cgroups with a controller. Where the machine has
// none, the test is skipped.
func controlled(t *testing.T, controller string) cgroup.Parent {
	t.Helper()
	parent := anyCgroup(t)
	if controller != "" && !parent.Has(controller) {
		t.Skipf("cgroup %q hands on no controller %q (it has %v): this limit is only tested without a cgroup here", parent.Path, controller, parent.Controllers)
	}
	return parent
}

func anyCgroup(t *testing.T) cgroup.Parent {
	t.Helper()
	parent, err := cgroup.Detect()
	if err != nil {
		t.Skipf("no cgroup of one's own here: %v", err)
	}
	return parent
}

func shell(script string, l limit.Limits) Spec {
	return Spec{Argv: []string{"sh", "-c", script}, Limits: l}
}

// hoard holds 50 MiB in tail, which cannot write them on as nobody reads.
const hoard = "head -c 50m /dev/zero | tail | sleep 600"

func TestProgramThatMeetsALimitFailsAndSaysWhich(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec       Spec
		controller string // of a cgroup that must hold it; "none" for without
		met, by    string
	}{
		"CPU time of one process": {shell("exec yes > /dev/null", limit.Limits{CPUSeconds: 1}), "none", limit.CPUSeconds, "RLIMIT_CPU"},
		"CPU time of many, each with little": {
			shell("while :; do head -c 1m /dev/zero | cksum; done", limit.Limits{CPUSeconds: 1}), "none", limit.CPUSeconds, "watch",
		},
		"CPU time of one that outlives SIGXCPU": {shell("trap '' XCPU; while :; do :; done", limit.Limits{CPUSeconds: 1}), "none", limit.CPUSeconds, "watch"},
		"CPU time in a cgroup":                  {shell("yes > /dev/null & exec yes > /dev/null", limit.Limits{CPUSeconds: 1}), "", limit.CPUSeconds, "watch"},
		"memory of many": {
			shell(hoard+" & "+hoard+" & "+hoard+" & wait", limit.Limits{MemoryMiB: 120}), "none", limit.MemoryMiB, "RLIMIT_DATA of each process, the supervisor's watch over all",
		},
		"memory in a cgroup":         {Spec{Argv: []string{"tail", "/dev/zero"}, Limits: limit.Limits{MemoryMiB: 64}}, "memory", limit.MemoryMiB, "cgroup memory.max"},
		"memory of many in a cgroup": {shell(hoard+" & "+hoard+" & "+hoard+" & wait", limit.Limits{MemoryMiB: 120}), "memory", limit.MemoryMiB, "cgroup memory.max"},
		"processes":                  {shell("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 600 & done; wait", limit.Limits{Processes: 6}), "none", limit.Processes, "the supervisor's watch"},
		"processes in a cgroup":      {shell("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 600 & done; wait", limit.Limits{Processes: 6}), "pids", limit.Processes, "cgroup pids.max"},
		"a file, told by a signal":   {Spec{Argv: []string{"dd", "if=/dev/zero", "of=file", "bs=1M", "count=3"}, Limits: limit.Limits{FileMiB: 1}}, "none", limit.FileMiB, "RLIMIT_FSIZE"},
		"a file, in a cgroup":        {Spec{Argv: []string{"dd", "if=/dev/zero", "of=file", "bs=1M", "count=3"}, Limits: limit.Limits{FileMiB: 1}}, "", limit.FileMiB, "RLIMIT_FSIZE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{}
			if c.controller != "none" {
				o.Cgroup = controlled(t, c.controller)
			}
			r, err := Run(t.Context(), c.spec, o)
			var met *LimitError
			require.ErrorAs(t, err, &met)
			assert.Contains(t, err.Error(), "met the limit "+c.met)
			assert.Equal(t, []string{c.met}, r.LimitsMet)
			require.Len(t, r.LimitsHeld, 1)
			assert.Contains(t, r.LimitsHeld[0].By, c.by)
			assert.Equal(t, err.Error(), r.Cause)
			assert.NotZero(t, r.ExitCode)
			assert.Empty(t, r.Stopped)
		})
	}
}

func TestProgramThatIsOnlyToldOfALimitFailsWithThoseInForce(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Spec{Argv: []string{"tail", "/dev/zero"}, Limits: limit.Limits{MemoryMiB: 64}}, Options{})
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	assert.ErrorContains(t, err, `program "tail" exited with code 1, with these limits in force: memory_mib 64 (RLIMIT_DATA`)
	assert.ErrorContains(t, err, "memory exhausted", "what the program says")

	spec := helper(t, "opener")
	spec.Limits.OpenFiles = 16
	r, err := Run(t.Context(), spec, Options{})
	require.ErrorAs(t, err, &exit)
	assert.ErrorContains(t, err, "open_files 16 (RLIMIT_NOFILE of each process)")
	assert.ErrorContains(t, err, "too many open files")
	opened, convErr := strconv.Atoi(strings.TrimSpace(r.Stdout))
	require.NoError(t, convErr)
	assert.Less(t, opened, 16)
}

func TestAFileIsCutAtItsLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := Spec{Argv: []string{"dd", "if=/dev/zero", "of=file", "bs=1M", "count=3"}, Dir: dir, Limits: limit.Limits{FileMiB: 1}}
	r, err := Run(t.Context(), spec, Options{})
	require.Error(t, err)
	assert.Equal(t, "SIGXFSZ", r.Signal)
	info, err := os.Stat(filepath.Join(dir, "file"))
	require.NoError(t, err)
	assert.EqualValues(t, 1<<20, info.Size())
}

// kernelLimits reads the rows of /proc/self/limits, soft and hard.
func kernelLimits(t *testing.T, text string) map[string][2]string {
	t.Helper()
	rows := map[string][2]string{}
	for line := range strings.Lines(text) {
		for _, name := range []string{"Max cpu time", "Max file size", "Max data size", "Max open files"} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				fields := strings.Fields(rest)
				require.GreaterOrEqual(t, len(fields), 2)
				rows[name] = [2]string{fields[0], fields[1]}
			}
		}
	}
	return rows
}

func TestLimitsAreThereFromTheStart(t *testing.T) {
	t.Parallel()
	all := limit.Limits{CPUSeconds: 100, CPUs: 0.5, MemoryMiB: 512, FileMiB: 3, Processes: 20, OpenFiles: 50}
	r, err := Run(t.Context(), Spec{Argv: []string{"cat", "/proc/self/limits"}, Limits: all}, Options{})
	require.NoError(t, err)
	assert.Equal(t, map[string][2]string{
		"Max cpu time": {"100", "101"}, "Max file size": {"3145728", "3145728"},
		"Max data size": {"536870912", "536870912"}, "Max open files": {"50", "50"},
	}, kernelLimits(t, r.Stdout), "soft and hard")
	assert.Empty(t, r.LimitsMet)
	var names []string
	for _, h := range r.LimitsHeld {
		names = append(names, h.Name)
		assert.NotEmpty(t, h.By)
		assert.NotContains(t, h.By, "cgroup")
	}
	assert.ElementsMatch(t, []string{limit.CPUSeconds, limit.CPUs, limit.MemoryMiB, limit.FileMiB, limit.Processes, limit.OpenFiles}, names)
}

func TestAProgramWithoutLimitsHasThoseOfTheWorker(t *testing.T) {
	t.Parallel()
	spec := Spec{Argv: []string{"cat", "/proc/self/limits"}}
	r, err := Run(t.Context(), spec, Options{})
	require.NoError(t, err)
	assert.Empty(t, r.LimitsHeld)
	want, err := exec.Command("cat", "/proc/self/limits").Output()
	require.NoError(t, err)
	assert.Equal(t, kernelLimits(t, string(want)), kernelLimits(t, r.Stdout))
}

func TestCPUsAreBoundWithoutACgroup(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), Spec{Argv: []string{"nproc"}, Limits: limit.Limits{CPUs: 0.5}}, Options{})
	require.NoError(t, err)
	assert.Equal(t, "1\n", r.Stdout)
	assert.Equal(t, []limit.Held{{Name: limit.CPUs, Value: 0.5, By: "binding to 1 of the CPUs, which the program can undo"}}, r.LimitsHeld)
}

func TestCPUsAreSharedInACgroup(t *testing.T) {
	t.Parallel()
	parent := controlled(t, "cpu")
	r, err := Run(t.Context(), shell("exec timeout 2 yes > /dev/null", limit.Limits{CPUs: 0.2}), Options{Cgroup: parent})
	require.Error(t, err, "timeout exits with 124")
	assert.Equal(t, 124, r.ExitCode)
	used := r.UserCPUSeconds + r.SystemCPUSeconds
	assert.InDelta(t, 0.2*r.Seconds, used, 0.15, "of %v s", r.Seconds)
}

func TestLimitsThatSufficeDoNoHarm(t *testing.T) {
	t.Parallel()
	all := limit.Limits{CPUSeconds: 60, CPUs: 1, MemoryMiB: 256, FileMiB: 1, Processes: 20, OpenFiles: 50}
	for name, o := range map[string]Options{"without a cgroup": {}, "with one, if there is": {Cgroup: cgroupIfAny()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), shell("echo a | cat; echo b > f; cat f", all), o)
			require.NoError(t, err)
			assert.Equal(t, "a\nb\n", r.Stdout)
			assert.Empty(t, r.LimitsMet)
			assert.Empty(t, r.Warnings)
			assert.Len(t, r.LimitsHeld, 6)
		})
	}
}

func cgroupIfAny() cgroup.Parent {
	parent, _ := cgroup.Detect()
	return parent
}

func TestNoCgroupIsLeft(t *testing.T) {
	t.Parallel()
	parent := anyCgroup(t)
	r, err := Run(t.Context(), shell("cat /proc/self/cgroup; (setsid sleep 600 &)", limit.Limits{}), Options{Cgroup: parent})
	require.NoError(t, err)
	var own string
	for line := range strings.Lines(r.Stdout) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			own = filepath.Base(p)
		}
	}
	require.Regexp(t, `^command-\d+$`, own, "it ran in a cgroup of its own")
	assert.NoDirExists(t, filepath.Join(parent.Path, own))
}

func TestALimitThatIsMetRejectsTheJobAndKeepsItsResult(t *testing.T) {
	t.Parallel()
	raw, err := NewKind(Options{}).Run(t.Context(), kindTask(`{"argv":["dd","if=/dev/zero","of=f","bs=1M","count=3"],"limits":{"file_mib":1}}`, &syncBuffer{}))
	assert.True(t, job.IsRejected(err), "the same job meets the same limit again")
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r))
	assert.Equal(t, []string{"file_mib"}, r.LimitsMet)
}
