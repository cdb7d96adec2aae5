package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakePeer answers as it is told, through the real peer.py.
const fakePeer = `import peer, sys, os, time
import json as numpy_of_a_test
print("a library chatters")
def handle(task):
    print("so it does here")
    if task.get("sleep"):
        child = os.fork()
        open(task["pids"] + ".part", "w").write(f"{os.getpid()} {child}") if child else None
        os.rename(task["pids"] + ".part", task["pids"]) if child else None
        time.sleep(task["sleep"])
    if task.get("die"):
        sys.stderr.write("first line\nlast words\n"); os._exit(3)
    if task.get("fail"):
        raise ValueError("no such shape")
    return {"seconds": task.get("seconds", 0.5), "value": task.get("value", 1.0), "note": f"on {peer.THREADS} threads", "extra": 1}
peer.serve(handle)
`

// testPeers is real python3 with scripts of a test beside the real peer.py.
func testPeers(t *testing.T, script string) *peers {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here to be the peer:", err)
	}
	p, err := newPeers(t.Context(), python, t.Output())
	require.NoError(t, err)
	t.Cleanup(p.close)
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "py", "fake.py"), []byte(script), 0o644))
	return p
}

// fakeCase takes a quarter of a second a turn, by its own account.
func fakeCase(task map[string]any) Case {
	return Case{
		Name: "fake", Peer: "Fake", Aim: 0.6, Rounds: 3, Threads: 1, Script: "fake.py", Task: task, RelativeTolerance: 1e-6,
		Go: func(context.Context) (Sample, error) { return Sample{Seconds: 0.25, Value: 1, Note: "by itself"}, nil },
	}
}

func runFake(t *testing.T, c Case) Outcome {
	t.Helper()
	return runner{peers: testPeers(t, fakePeer), progress: t.Output()}.run(t.Context(), c)
}

func TestBothSidesAreTimedAndCompared(t *testing.T) {
	o := runFake(t, fakeCase(map[string]any{}))
	require.Empty(t, o.Reason)
	assert.Equal(t, Spread{0.5, 0.5, 0.5, 0.5, 0.5}, *o.Ratio)
	assert.Equal(t, []float64{0.25, 0.5}, []float64{o.OursSeconds, o.PeerSeconds})
	assert.Equal(t, []string{"ours: by itself", "Fake: on 1 threads"}, o.Notes)
	assert.Equal(t, "met", o.verdict())
	o = runFake(t, fakeCase(map[string]any{"seconds": 0.4}))
	assert.Equal(t, "not met", o.verdict())
}

func TestSidesTakeTurnsInSwappedOrder(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	side := func(name string, seconds ...float64) func() (Sample, error) {
		return func() (Sample, error) {
			order.WriteString(name)
			s := seconds[0]
			seconds = seconds[1:]
			return Sample{Seconds: s, Value: 2}, nil
		}
	}
	o := Outcome{Rounds: 3}
	require.NoError(t, runner{progress: t.Output()}.alternate(Case{}, &o, side("o", 9, 1, 2, 3), side("p", 9, 1, 8, 2)))
	assert.Equal(t, "oppooppo", order.String())
	// Round by round: 1/1, 2/8, 3/2; the warm-up does not count.
	assert.Equal(t, Spread{Min: 0.25, Q1: 0.625, Median: 1, Q3: 1.25, Max: 1.5}, *o.Ratio)
	assert.Equal(t, []float64{2, 2}, []float64{o.OursSeconds, o.PeerSeconds})
}

func TestWhatGoesWrongIsAReasonAndNoRatio(t *testing.T) {
	broken := fakeCase(map[string]any{})
	broken.Go = func(context.Context) (Sample, error) { return Sample{}, errors.New("out of luck") }
	missing := fakeCase(nil)
	missing.Script = "missing.py"
	invalid := fakeCase(nil)
	invalid.Aim, invalid.Rounds = -1, -2
	unprepared := fakeCase(nil)
	unprepared.Prepare = func(context.Context, string) (any, error) { return nil, errors.New("no data") }
	for name, c := range map[string]struct {
		c    Case
		want []string
	}{
		"values differ": {fakeCase(map[string]any{"value": 1.001}), []string{"the values differ: ours is 1, that of Fake 1.001", "at most 1e-06"}},
		"peer raises":   {fakeCase(map[string]any{"fail": true}), []string{"it answers ValueError: no such shape"}},
		"peer dies":     {fakeCase(map[string]any{"die": true}), []string{"last words"}},
		"no time":       {fakeCase(map[string]any{"seconds": 0}), []string{"seconds is 0, want a positive number"}},
		"ours fails":    {broken, []string{"our side: out of luck"}},
		"no script":     {missing, []string{"starting missing.py", "No such file"}},
		"bad case":      {invalid, []string{"aim is -1", "rounds is -2"}},
		"no data":       {unprepared, []string{"preparing: no data"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := runFake(t, c.c)
			assert.Nil(t, o.Ratio)
			assert.Equal(t, "no ratio", o.verdict())
			for _, want := range c.want {
				assert.Contains(t, o.Reason, want)
			}
		})
	}
}

func TestAMissingLibraryIsNamedWithWhatTheInstallerSaid(t *testing.T) {
	p := testPeers(t, "import peer\nimport a_library_that_nobody_has\n")
	p.missing = "a-library==1: ERROR: No matching distribution"
	o := runner{peers: p, progress: t.Output()}.run(t.Context(), fakeCase(nil))
	assert.Contains(t, o.Reason, "No module named 'a_library_that_nobody_has'")
	assert.Contains(t, o.Reason, "not installed: a-library==1: ERROR: No matching distribution")
}

func TestPreparedDataAreRemovedAgain(t *testing.T) {
	var dir string
	c := fakeCase(map[string]any{"fail": true})
	c.Prepare = func(_ context.Context, d string) (any, error) {
		dir = d
		return map[string]any{"seconds": 1}, os.WriteFile(filepath.Join(d, "data"), nil, 0o600)
	}
	o := runFake(t, c)
	require.NotNil(t, o.Ratio, o.Reason)
	assert.InDelta(t, 0.25, o.Ratio.Median, 1e-12, "the prepared task is the one that is asked")
	assert.NoDirExists(t, dir)
}

func TestVersionsAreThoseOfPinnedDistributions(t *testing.T) {
	t.Parallel()
	pinned := pinnedNames("# numba==9\nscikit-learn==1.2\n\nopencv_python.headless==4\n")
	assert.Equal(t, map[string]bool{"scikit-learn": true, "opencv-python-headless": true}, pinned)
	r := runner{peers: &peers{pinned: pinned}}
	assert.Equal(t, []string{"opencv-python-headless 4", "scikit_learn 1.2"},
		r.versions(hello{Versions: map[string]string{"scikit_learn": "1.2", "six": "1", "opencv-python-headless": "4"}}))
}

func TestAnInterruptLeavesNoProcess(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	p := testPeers(t, fakePeer)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan Outcome)
	go func() {
		ended <- runner{peers: p, progress: t.Output()}.run(ctx, fakeCase(map[string]any{"sleep": 600, "pids": pids}))
	}()
	require.Eventually(t, func() bool { _, err := os.Stat(pids); return err == nil }, time.Minute, 10*time.Millisecond)
	interrupt()
	o := <-ended
	assert.Nil(t, o.Ratio)
	text, err := os.ReadFile(pids)
	require.NoError(t, err)
	require.Len(t, strings.Fields(string(text)), 2)
	for _, pid := range strings.Fields(string(text)) {
		require.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, 10*time.Millisecond, "process %s lives on", pid)
	}
}

// gone reports whether a process has ended, whether or not it was waited for.
func gone(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestTheCommandReportsAndTellsByItsExit(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here to be the peer:", err)
	}
	missing := fakeCase(nil) // fake.py is not among the scripts
	run := func(args ...string) (out, progress bytes.Buffer, err error) {
		c := command(func() []Case { return []Case{missing} })
		c.SetOut(&out)
		c.SetErr(&progress)
		c.SetArgs(append(args, "--python", python))
		err = c.ExecuteContext(t.Context())
		return out, progress, err
	}
	out, progress, err := run("--json")
	require.ErrorIs(t, err, errCases)
	var r Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &r))
	assert.Contains(t, r.Outcomes[0].Reason, "starting fake.py")
	assert.Contains(t, progress.String(), "==> 1/1 fake, beside Fake")
	docs := t.TempDir()
	out, _, err = run("--docs", docs, "--date", "2026-01-31")
	assert.ErrorContains(t, err, "no case has a ratio")
	assert.Contains(t, out.String(), "fake: no ratio: starting fake.py")
	assert.NoFileExists(t, filepath.Join(docs, "benchmarks.md"), "a page is not replaced by an empty one")
}

func TestBadArgumentsAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"several":   {[]string{"--rounds", "-1", "--docs", "x", "--only", "a"}, []string{"--rounds is -1", `--date is ""`, "do not go together"}},
		"no case":   {[]string{"--only", "zzz"}, []string{`--only is "zzz"`, "fake (Fake)"}},
		"argument":  {[]string{"fake"}, []string{`"fake" is no argument`}},
		"flag":      {[]string{"--round"}, []string{"unknown flag"}},
		"odd dates": {[]string{"--docs", "x", "--date", "31.1.2026"}, []string{`--date is "31.1.2026"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(func() []Case { return []Case{fakeCase(nil)} })
			cmd.SetArgs(c.args)
			cmd.SetOut(t.Output())
			cmd.SetErr(t.Output())
			err := cmd.ExecuteContext(t.Context())
			assert.ErrorAs(t, err, new(usageError))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestCasesAreChosenByNameOrPeer(t *testing.T) {
	t.Parallel()
	cases := []Case{{Name: "kmeans small", Peer: "scikit-learn"}, {Name: "trace", Peer: "Numba"}}
	for only, want := range map[string]int{"": 2, "KMEANS": 1, "numba": 1, "a": 2} {
		chosen, err := selectCases(cases, only)
		require.NoError(t, err)
		assert.Len(t, chosen, want, only)
	}
}

func TestEveryCaseIsSoundAndHasItsScript(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range allCases() {
		assert.NoError(t, c.check())
		_, err := embedded.ReadFile("py/" + c.Script)
		assert.NoError(t, err, c.Name)
		assert.False(t, names[c.Name], "two cases are called %q", c.Name)
		names[c.Name] = true
	}
}

func TestValuesAgreeWithinTheTolerance(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		tolerance, ours, peers float64
		want                   bool
	}{
		{1e-3, 1000, 1001, true}, {1e-3, 1000, 1002, false}, {0, 2, 2, true}, {0, 2, 2.0000001, false},
		{0.5, 1, -1, false}, {1e-3, nan, 1, false}, {1e-3, nan, nan, false}, {-1, 1, 2, true}, {-1, nan, 2, true},
		{0.1, math.Inf(1), math.Inf(1), true}, {0.1, math.Inf(1), 1, false},
	} {
		assert.Equal(t, c.want, Case{RelativeTolerance: c.tolerance}.agree(c.ours, c.peers), "%+v", c)
	}
}
