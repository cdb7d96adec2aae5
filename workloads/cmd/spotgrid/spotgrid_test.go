package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

// programsDir holds the real programs, built once for all tests.
var programsDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "spotgrid-test-")
	if err != nil {
		panic(err)
	}
	programsDir = dir
	build := exec.Command("go", "build", "-o", dir+"/", "./workloads/cmd/...")
	build.Dir = filepath.Join("..", "..", "..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := mototest.Main(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// leaseSeconds of the test's queue: the shortest there is.
const leaseSeconds = 10

// grid is a real local grid without Pulumi: an agent and what was declared.
type grid struct {
	t      *testing.T
	dir    string
	agent  launch.Directory
	client *api.Client
}

func newGrid(t *testing.T, f api.Fleet) *grid {
	t.Helper()
	g := &grid{t: t, dir: t.TempDir()}
	g.agent = launch.Directory(filepath.Join(g.dir, "agent"))
	t.Cleanup(func() { assert.NoError(t, launch.Stop(context.Background(), g.agent)) })
	g.start()
	dead, err := g.client.PutQueue(t.Context(), api.Queue{Name: "dead", LeaseSeconds: leaseSeconds, RetentionHours: 336})
	require.NoError(t, err)
	work, err := g.client.PutQueue(t.Context(), api.Queue{Name: "work", LeaseSeconds: leaseSeconds, MaxDeliveries: 20, RetentionHours: 96, DeadLetter: "dead"})
	require.NoError(t, err)
	v, err := g.client.PutVolume(t.Context(), api.Volume{Name: "shared", Path: filepath.Join(g.dir, "volume")})
	require.NoError(t, err)
	quote := g.program("quote")
	_, err = g.client.PutFunction(t.Context(), api.Function{Name: "quote", Binary: quote.path, BinarySHA256: quote.hash, TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 1})
	require.NoError(t, err)
	worker := g.program("worker")
	f.Name, f.Queue, f.Binary, f.BinarySHA256 = "spot", "work", worker.path, worker.hash
	f.Environment = map[string]string{"SPOTGRID_QUEUE_URL": work.URL, "SPOTGRID_DEAD_LETTER_URL": dead.URL, "SPOTGRID_VOLUME_URL": v.URL}
	_, err = g.client.PutFleet(t.Context(), f)
	require.NoError(t, err)
	g.writeOutputs(stack.Grid{
		Version: stack.OutputVersion, Target: "local", QueueURL: work.URL, DeadLetterURL: dead.URL, VolumeURL: v.URL,
		Fleets: map[string]string{"spot": "spot"}, Functions: map[string]string{"quote": "quote"},
		Control: map[string]string{"agentDirectory": string(g.agent)},
	})
	return g
}

// start runs the agent as `pulumi up` does.
func (g *grid) start() {
	g.t.Helper()
	c, _, err := launch.Start(g.t.Context(), g.program("spotgrid").path, launch.Settings{Directory: g.agent})
	require.NoError(g.t, err)
	g.client = c
}

type builtProgram struct{ path, hash string }

func (g *grid) program(name string) builtProgram {
	path := filepath.Join(programsDir, name)
	hash, err := programs.Hash(path)
	require.NoError(g.t, err)
	return builtProgram{path, hash}
}

func (g *grid) outputs() string { return filepath.Join(g.dir, "outputs.json") }

func (g *grid) writeOutputs(s stack.Grid) {
	b, err := json.Marshal(map[string]any{"grid": s})
	require.NoError(g.t, err)
	require.NoError(g.t, os.WriteFile(g.outputs(), b, 0o600))
}

// answer is what a command printed and how it ended.
type answer struct {
	out, err string
	code     int
}

func (g *grid) run(args ...string) answer { return g.runWith("", args...) }

func (g *grid) runWith(stdin string, args ...string) answer {
	g.t.Helper()
	return spotgrid(g.t, stdin, append([]string{"--grid", g.outputs()}, args...)...)
}

func spotgrid(t *testing.T, stdin string, args ...string) answer {
	t.Helper()
	return place{}.spotgrid(t, stdin, args...)
}

// place is where a command runs: its folder and what it sees beside this
// process's environment.
type place struct {
	dir         string
	environment []string
}

func (p place) spotgrid(t *testing.T, stdin string, args ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(programsDir, "spotgrid"), args...)
	cmd.Stdin, cmd.Dir, cmd.Env = strings.NewReader(stdin), p.dir, append(os.Environ(), p.environment...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	a := answer{out: out.String(), err: errs.String()}
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		a.code = exit.ExitCode()
	} else {
		require.NoError(t, err)
	}
	return a
}

// ok runs a command that must succeed.
func (g *grid) ok(args ...string) string {
	g.t.Helper()
	a := g.run(args...)
	require.Zero(g.t, a.code, "spotgrid %s: %s", strings.Join(args, " "), a.err)
	return a.out
}

// lines decodes what --json printed.
func lines[T any](t *testing.T, out string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(out) {
		var v T
		require.NoError(t, json.Unmarshal([]byte(line), &v), line)
		all = append(all, v)
	}
	return all
}

type record struct {
	ID       string `json:"job_id"`
	Outcome  string `json:"outcome"`
	Attempts []struct {
		Outcome string `json:"outcome"`
		Worker  string `json:"worker"`
	} `json:"attempts"`
}

func (g *grid) results(batch string) []record {
	g.t.Helper()
	return lines[record](g.t, g.ok("results", batch, "--json"))
}

type workerLine struct {
	Name string   `json:"name"`
	PID  int      `json:"pid"`
	Jobs []string `json:"jobs"`
}

// busy waits for a worker that runs a job.
func (g *grid) busy() workerLine {
	g.t.Helper()
	var found workerLine
	require.Eventually(g.t, func() bool {
		for _, w := range lines[workerLine](g.t, g.ok("workers", "--json")) {
			if len(w.Jobs) > 0 {
				found = w
				return true
			}
		}
		return false
	}, 30*time.Second, 100*time.Millisecond, "no worker is busy")
	return found
}

func small() api.Fleet {
	return api.Fleet{MinWorkers: 0, MaxWorkers: 2, JobsPerWorker: 2, Slots: 1, DrainSeconds: 5, IdleSeconds: 5}
}

func TestABatchFromSubmissionToResults(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	out := g.ok("submit", "--batch", "hello", "--count", "5", "--watch", "--", "echo", "hi && rm -rf /")
	assert.Contains(t, out, "batch hello: 5 jobs submitted")
	assert.Contains(t, out, "finished, 5 done, 0 given up")
	shown := g.ok("results")
	assert.Contains(t, shown, "exit 0: hi && rm -rf /", "an argument is text")
	assert.Contains(t, shown, "This batch would have cost")
	assert.Len(t, g.results("hello"), 5)
	assert.Contains(t, g.ok("jobs"), "hello")
	assert.Contains(t, g.ok("jobs", "hello", "--state", "done"), "hello-1")
	assert.Contains(t, g.ok("logs", "hello-1"), "hi && rm -rf /")
	updates := lines[map[string]any](t, g.ok("watch", "hello", "--json"))
	assert.Equal(t, true, updates[len(updates)-1]["finished"])

	g.ok("submit", "--kind", "kmeans", "--batch", "fits", "--count", "3", "--watch", "--payload", `{"points":2000,"features":2,"seed":{index}}`)
	assert.Len(t, g.results("fits"), 3)
}

func TestAPoisonJobEndsInDeadLetterWhileTheRestGoesOn(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	jobs := `{"id":"poison","kind":"command","payload":{"argv":["sh","-c","echo it broke; exit 7"]},"limits":{"max_attempts":2}}
{"id":"missing","kind":"command","payload":{"argv":["no-such-program"]}}
{"id":"slow","kind":"command","payload":{"argv":["sleep","60"]},"limits":{"timeout_seconds":1,"max_attempts":1}}
{"kind":"command","payload":{"argv":["true"]}}
{"kind":"command","payload":{"argv":["true"]}}
`
	watched := g.runWith(jobs, "submit", "--file", "-", "--batch", "mixed", "--watch")
	assert.Equal(t, 4, watched.code, "some jobs did not succeed: %s", watched.err)
	assert.Len(t, g.results("mixed"), 2, "the rest is done")

	type dead struct {
		ID, Outcome, Cause string
		Attempts           int
	}
	byID := map[string]dead{}
	for _, d := range lines[dead](t, g.ok("dead", "list", "--json")) {
		byID[d.ID] = d
	}
	require.Len(t, byID, 3)
	assert.Equal(t, "failed", byID["poison"].Outcome)
	assert.Equal(t, 2, byID["poison"].Attempts)
	assert.Equal(t, "rejected", byID["missing"].Outcome, "trying again cannot help")
	assert.Equal(t, 1, byID["missing"].Attempts)
	assert.Equal(t, "timed_out", byID["slow"].Outcome)
	shown := g.ok("dead", "show", "poison")
	assert.Contains(t, shown, "it broke", "the last lines of its log")
	assert.Contains(t, shown, "attempt 2")
	assert.Contains(t, g.ok("jobs", "mixed", "--state", "dead"), "poison")

	assert.Contains(t, g.ok("dead", "redrive", "poison"), "1 job sent again")
	again := g.run("watch", "mixed")
	assert.Equal(t, 4, again.code, again.err)
	assert.Len(t, lines[dead](t, g.ok("dead", "list", "--json")), 3, "it failed again, with all its attempts anew")
	assert.Contains(t, g.run("dead", "show", "nobody").err, "spotgrid dead list")
}

func TestAKilledWorkersJobRunsAgainAndCommitsOnce(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	g.ok("submit", "--batch", "killed", "--", "sleep", "3")
	victim := g.busy()
	began := time.Now()
	require.NoError(t, syscall.Kill(victim.PID, syscall.SIGKILL))
	g.ok("watch", "killed")
	const jobSeconds, marginSeconds = 3, 5
	assert.Less(t, time.Since(began).Seconds(), float64(leaseSeconds+jobSeconds+marginSeconds), "it ran again within its lease and five seconds")
	results := g.results("killed")
	require.Len(t, results, 1)
	last := results[0].Attempts[len(results[0].Attempts)-1]
	assert.NotEqual(t, victim.Name, last.Worker)
	assert.Equal(t, "succeeded", last.Outcome)
}

func TestAnInterruptedWorkerHandsItsJobOn(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	g.ok("submit", "--batch", "spot", "--max-attempts", "1", "--", "sleep", "4")
	victim := g.busy()
	assert.Contains(t, g.ok("interrupt", victim.Name, "--notice-seconds", "4"), victim.Name)
	began := time.Now()
	g.ok("watch", "spot")
	assert.Less(t, time.Since(began), leaseSeconds*time.Second+4*time.Second, "the job was handed back and not left to its lease")
	results := g.results("spot")
	require.Len(t, results, 1, "an interruption does not use up the only attempt")
	require.Len(t, results[0].Attempts, 2)
	assert.Equal(t, "interrupted", results[0].Attempts[0].Outcome)
	assert.NotEqual(t, victim.Name, results[0].Attempts[1].Worker)
}

func TestAKilledAgentLosesNothing(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	g.ok("submit", "--batch", "early", "--count", "3", "--watch", "--", "true")
	g.ok("submit", "--batch", "late", "--count", "4", "--", "sleep", "1")
	worker := g.busy()
	_, s, err := launch.Find(t.Context(), g.agent)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(s.PID, syscall.SIGKILL))

	down := g.run("status")
	assert.Equal(t, 3, down.code)
	assert.Contains(t, down.err, "make up")
	assert.Equal(t, 3, g.run("submit", "--", "true").code, "no job is taken that nobody keeps")
	assert.Len(t, g.results("early"), 3, "results are on disk")

	g.start()
	g.ok("watch", "late")
	assert.Len(t, g.results("late"), 4)
	assert.Eventually(t, func() bool { return !running(worker.PID) }, 10*time.Second, 50*time.Millisecond, "its workers did not outlive it")
}

// running reports whether a process runs and is not only waiting to be reaped.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestResumeSendsWhatIsMissing(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	g.ok("submit", "--batch", "cut", "--count", "3", "--watch", "--", "true")
	assert.Contains(t, g.ok("submit", "--resume", "cut"), "all 3 jobs are finished")
	assert.Contains(t, g.run("submit", "--batch", "cut", "--", "true").err, "exists already")
}

func TestManyStartsMakeOneAgent(t *testing.T) {
	t.Parallel()
	dir := launch.Directory(filepath.Join(t.TempDir(), "agent"))
	t.Cleanup(func() { assert.NoError(t, launch.Stop(context.Background(), dir)) })
	pids := make(chan int, 5)
	for range cap(pids) {
		go func() {
			_, s, err := launch.Start(t.Context(), filepath.Join(programsDir, "spotgrid"), launch.Settings{Directory: dir})
			if assert.NoError(t, err) {
				pids <- s.PID
			} else {
				pids <- 0
			}
		}()
	}
	first := <-pids
	for range cap(pids) - 1 {
		assert.Equal(t, first, <-pids, "every caller gets the one agent")
	}
}

func TestAFunctionIsInvoked(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	a := g.runWith(`{"jobs":2,"vcpu_seconds":7200}`, "invoke", "quote")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, `"cheapest"`)
	bad := g.runWith(`{"jobs":0}`, "invoke", "quote")
	assert.Equal(t, 1, bad.code)
	assert.Contains(t, bad.err, "jobs is 0, want 1..")
	none := g.runWith(`{}`, "invoke", "nothing")
	assert.Equal(t, 2, none.code)
	assert.Contains(t, none.err, `no function "nothing", want quote`)
	assert.JSONEq(t, `{"name":"quote","id":"quote"}`, g.ok("invoke", "--list", "--json"))
}

func TestBadInputDoesNothingAndSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"unknown kind":              {"", []string{"submit", "--kind", "kmaens"}, []string{`unknown job kind "kmaens"`, "command, kmeans"}},
		"payload of another kind":   {"", []string{"submit", "--kind", "kmeans", "--payload", `{"argv":["true"]}`}, []string{`payload of kind "kmeans"`, "argv"}},
		"payload out of range":      {"", []string{"submit", "--kind", "kmeans", "--payload", `{"points":0,"clusters":-1}`}, []string{"points", "clusters"}},
		"payload that is no JSON":   {"", []string{"submit", "--kind", "kmeans", "--payload", `{`}, []string{"payload is not JSON"}},
		"nothing to submit":         {"", []string{"submit"}, []string{"want one of"}},
		"two sources":               {"", []string{"submit", "--kind", "kmeans", "--", "true"}, []string{"want one of"}},
		"too many":                  {"", []string{"submit", "--count", "1000001", "--", "true"}, []string{"--count is 1000001, want 1..1000000"}},
		"time limit":                {"", []string{"submit", "--timeout-seconds", "99999", "--", "true"}, []string{"timeout_seconds is 99999, want 1..43200"}},
		"batch name":                {"", []string{"submit", "--batch", "../x", "--", "true"}, []string{`batch is "../x"`}},
		"all faults of a file":      {"{\"kind\":\"a b\",\"payload\":{}}\n{\"kind\":\"nope\",\"payload\":{}}\n", []string{"submit", "--file", "-"}, []string{"2 faults", "job 1", "job 2"}},
		"line that is no JSON":      {"{\"kind\":\"command\",\"payload\":{\"argv\":[\"true\"]}}\nnonsense\n", []string{"submit", "--file", "-"}, []string{"line 2"}},
		"one id twice":              {"{\"id\":\"a\",\"kind\":\"command\",\"payload\":{\"argv\":[\"true\"]}}\n{\"id\":\"a\",\"kind\":\"command\",\"payload\":{\"argv\":[\"true\"]}}\n", []string{"submit", "--file", "-"}, []string{`id "a" is that of job 1 too`}},
		"empty file":                {"", []string{"submit", "--file", "-"}, []string{"holds no job"}},
		"unknown batch":             {"", []string{"watch", "nope"}, []string{`"nope"`, "spotgrid jobs"}},
		"unknown command":           {"", []string{"bogus"}, []string{`unknown command "bogus"`}},
		"flag that is required":     {"", []string{"agent", "run"}, []string{"directory"}},
		"unknown flag":              {"", []string{"results", "--jsno"}, []string{"--jsno", "--help"}},
		"unknown state":             {"", []string{"jobs", "x", "--state", "lost"}, []string{`"lost", want one of queued, running, done, dead`}},
		"no argument":               {"", []string{"logs"}, []string{"accepts 1 arg"}},
		"notice out of range":       {"", []string{"interrupt", "spot-1", "--notice-seconds", "-1"}, []string{"--notice-seconds is -1, want 0..3600"}},
		"redrive without a choice":  {"", []string{"dead", "redrive"}, []string{"--all"}},
		"nothing to invoke":         {"", []string{"invoke"}, []string{"want a function's name, --program or --list"}},
		"list and a function":       {"", []string{"invoke", "--list", "quote", "--timeout-seconds", "0"}, []string{"--list takes nothing else", "--timeout-seconds is 0, want 1..900"}},
		"payload of no JSON":        {"{", []string{"invoke", "quote"}, []string{"the payload is not JSON"}},
		"no program":                {"{}", []string{"invoke", "--program", "/nowhere/quote"}, []string{"/nowhere/quote"}},
		"volume without a region":   {"", []string{"jobs", "--volume", "s3://bucket"}, []string{"--volume", `region is "", want one such as region=eu-central-1`}},
		"missing payload file":      {"", []string{"invoke", "quote", "/nowhere.json"}, []string{"/nowhere.json"}},
		"job id with a path inside": {"", []string{"logs", "../../etc/passwd"}, []string{"job id"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.runWith(c.stdin, c.args...)
			assert.Equal(t, 2, a.code, a.err)
			for _, want := range c.want {
				assert.Contains(t, a.err, want)
			}
		})
	}
	assert.Empty(t, g.ok("jobs", "--json"), "nothing was submitted")
}

func TestWithoutAGridTheErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	missing := spotgrid(t, "", "--grid", "/nowhere/grid.json", "jobs")
	assert.Equal(t, 1, missing.code)
	assert.Contains(t, missing.err, "/nowhere/grid.json")

	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(programsDir, "spotgrid"), "status")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	exit := new(exec.ExitError)
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.ExitCode())
	assert.Contains(t, string(out), "Pulumi.yaml")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: spotgrid\n"), 0o600))
	cmd = exec.CommandContext(t.Context(), filepath.Join(programsDir, "spotgrid"), "status")
	cmd.Dir = dir
	out, err = cmd.CombinedOutput()
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.ExitCode())
	assert.Contains(t, string(out), "make demo")
}

func TestTheDemoNeverTouchesACloud(t *testing.T) {
	t.Parallel()
	a := spotgrid(t, "", "demo", "--stack", "aws-prod")
	assert.Equal(t, 2, a.code)
	assert.Contains(t, a.err, `stack "aws-prod" is not one of this machine`)
}

func TestASecondDemoIsRefusedWhileOneRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: spotgrid\n"), 0o600))
	folder := filepath.Join(dir, ".spotgrid", "stacks", "local")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	first := flock.New(filepath.Join(folder, "demo.lock"))
	held, err := first.TryLock()
	require.NoError(t, err)
	require.True(t, held)
	t.Cleanup(func() { assert.NoError(t, first.Unlock()) })

	cmd := exec.CommandContext(t.Context(), filepath.Join(programsDir, "spotgrid"), "demo")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "another demo of stack local is running")
}

func TestEveryCommandHelpsWithExamples(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"submit", "watch", "results", "jobs", "logs", "dead", "dead list", "dead show", "dead redrive", "status", "workers",
		"kmeans fit", "kmeans speedup", "interrupt", "invoke", "agent run", "agent status", "preview", "up", "down", "pulumi", "demo",
	} {
		a := spotgrid(t, "", append(strings.Fields(command), "--help")...)
		assert.Zero(t, a.code, command)
		assert.Contains(t, a.out, "Examples:", command)
		assert.Contains(t, a.out, "--json", command)
	}
}
