package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/metadata"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// TestKilledWorkersJobRunsAgain kills a worker with SIGKILL in mid-job.
func TestKilledWorkersJobRunsAgain(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 4)
	first := g.start("first")
	const workSeconds = 4
	g.send("j", "sleep", fmt.Sprint(workSeconds))
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	second := g.start("second")
	first.kill(t)

	took := g.await("the job is done", g.lease+5*time.Second+workSeconds*time.Second, g.isDone("j"))
	t.Logf("done %s after the kill, of which %d s of work, with a lease of %s", took.Round(10*time.Millisecond), workSeconds, g.lease)
	g.await("the queue is empty", 5*time.Second, g.isEmpty)
	r, err := g.volume.Result("j")
	require.NoError(t, err)
	assert.Equal(t, "second", r.Worker)
	assert.Equal(t, "[lost succeeded]", outcomes(r.Attempts))
	files, err := filepath.Glob(filepath.Join(g.volume.Path(), "results", "*", "*"))
	require.NoError(t, err)
	assert.Len(t, files, 1, "one result, and nothing half-written beside it")
	assert.Empty(t, g.letters())
	require.NoError(t, second.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, second.exitCode(t, 10*time.Second))
}

func TestPoisonIsBuriedWhileTheRestGoesOn(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	g.start("w", "SPOTGRID_SLOTS=4")
	jobs := map[string][]string{"poison": {"cat", "/does/not/exist"}, "missing": {"no-such-program"}}
	for i := range 20 {
		jobs[fmt.Sprint("good-", i)] = []string{"true"}
	}
	g.sendAll(jobs)
	g.await("the queue is empty", 30*time.Second, g.isEmpty)
	for i := range 20 {
		r, err := g.volume.Result(fmt.Sprint("good-", i))
		require.NoError(t, err)
		assert.Equal(t, job.Succeeded, r.Outcome)
	}
	attempts := map[string]string{}
	for _, l := range g.letters() {
		attempts[l.ID] = outcomes(l.Attempts)
		last := l.Attempts[len(l.Attempts)-1]
		if l.ID == "poison" {
			assert.Contains(t, fmt.Sprint(last.LogTail), "No such file or directory")
		}
		assert.NotEmpty(t, last.Cause)
	}
	assert.Equal(t, map[string]string{"poison": "[failed failed failed]", "missing": "[rejected]"}, attempts)
}

// TestStorm kills worker processes at random while they run short jobs.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	const jobs, workers, least = 2000, 4, 12
	g := newGrid(t, 3)
	programs := map[string][]string{}
	for i := range jobs {
		programs[fmt.Sprint("j-", i)] = []string{"true"}
	}
	g.sendAll(programs)
	random := rand.New(rand.NewPCG(1, 2))
	fleet := make([]*process, workers)
	for i := range fleet {
		fleet[i] = g.start(fmt.Sprint("w-", i), "SPOTGRID_SLOTS=8")
	}
	kills, done := 0, 0
	count := func() int {
		n := 0
		for _, err := range g.volume.ResultIDs() {
			require.NoError(t, err)
			n++
		}
		return n
	}
	for start := time.Now(); done < jobs; done = count() {
		require.Less(t, time.Since(start), 3*time.Minute, "%d jobs are done after %d kills", done, kills)
		time.Sleep(time.Duration(100+random.IntN(300)) * time.Millisecond)
		if i := random.IntN(workers); kills < 3*least { // then let the last ones finish
			fleet[i].kill(t)
			kills++
			fleet[i] = g.start(fmt.Sprint("w-", i), "SPOTGRID_SLOTS=8")
		}
	}
	g.await("the queue is empty", 30*time.Second, g.isEmpty)
	assert.GreaterOrEqual(t, kills, least, "it was a storm")
	lost := 0
	for r, err := range g.volume.Results("") {
		require.NoError(t, err)
		require.Equal(t, job.Succeeded, r.Outcome)
		lost += len(r.Attempts) - 1
		delete(programs, r.JobID)
	}
	assert.Empty(t, programs, "jobs without a result")
	assert.Empty(t, g.letters())
	t.Logf("%d jobs, %d kills, %d attempts lost", jobs, kills, lost)
}

// TestInterruptedJobIsRedoneElsewhere announces an interruption as EC2 does.
func TestInterruptedJobIsRedoneElsewhere(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 30)
	announcer := metadata.New(time.Now)
	mux := http.NewServeMux()
	announcer.Register(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	first := g.start("first", "SPOTGRID_METADATA_URL="+server.URL+announcer.Add("first"))
	g.send("j", "sleep", "5")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	g.start("second", "SPOTGRID_METADATA_URL="+server.URL+announcer.Add("second"))
	announcer.Announce("first", time.Now().Add(10*time.Second))

	assert.Equal(t, exitDrained, first.exitCode(t, 10*time.Second))
	g.await("the job is done", 10*time.Second, g.isDone("j")) // far less than the lease
	r, err := g.volume.Result("j")
	require.NoError(t, err)
	assert.Equal(t, "second", r.Worker)
	assert.Equal(t, "[interrupted succeeded]", outcomes(r.Attempts))
	assert.Contains(t, r.Attempts[0].Cause, "announced by ec2")
	assert.Zero(t, job.CountedAttempts(r.Attempts))
	assert.NoFileExists(t, filepath.Join(g.volume.Path(), "workers", "first.json"))
}

func TestSIGTERMDrains(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 30)
	p := g.start("w", "SPOTGRID_DRAIN_SECONDS=10")
	g.send("j", "sleep", "4")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	g.send("waiting", "true")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, p.exitCode(t, 10*time.Second))
	r, err := g.volume.Result("j")
	require.NoError(t, err)
	assert.Equal(t, "[succeeded]", outcomes(r.Attempts), "the running job was let finish")
	assert.False(t, g.isDone("waiting")(), "no job is started while draining")
	assert.Contains(t, p.stderr.String(), `"worker":"w"`)
}

func TestSecondSignalEndsTheWorkerAtOnce(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 30)
	p := g.start("w", "SPOTGRID_DRAIN_SECONDS=100")
	g.send("j", "sleep", "60")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	g.await("it drains", 5*time.Second, func() bool {
		workers, err := g.volume.Workers()
		return err == nil && len(workers) == 1 && workers[0].State == "draining"
	})
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	assert.Equal(t, exitError, p.exitCode(t, 5*time.Second))
}

func TestWorkerEndsWithItsLifeline(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 30)
	p := g.start("w", "SPOTGRID_LIFELINE=stdin")
	g.send("j", "sleep", "60")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	require.NoError(t, p.stdin.Close())
	assert.Equal(t, exitDrained, p.exitCode(t, 10*time.Second))
	attempts, err := g.volume.Attempts("j")
	require.NoError(t, err)
	assert.Equal(t, "[interrupted]", outcomes(attempts))
}

func TestWorkerOutlivesTheQueueServer(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	p := g.start("w")
	g.send("before", "true")
	g.await("the first job is done", 10*time.Second, g.isDone("before"))
	g.await("it is acknowledged", 5*time.Second, g.isEmpty)
	g.server.Stop()
	g.await("the worker says so", 60*time.Second, func() bool {
		workers, err := g.volume.Workers()
		return err == nil && len(workers) == 1 && workers[0].Problem != ""
	})
	g.server.StartAgain(t)
	g.await("the queue answers", 20*time.Second, g.isEmpty)
	g.send("after", "true")
	g.await("the second job is done", 30*time.Second, g.isDone("after"))
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, p.exitCode(t, 10*time.Second))
}

func TestWorkerWaitsForAQueueServerThatIsNotUp(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	g.server.Stop()
	p := g.start("w")
	g.await("the worker says so", 20*time.Second, func() bool {
		return strings.Contains(p.stderr.String(), "cannot reach the queue, trying on")
	})
	g.server.StartAgain(t)
	g.await("the queue answers", 20*time.Second, g.isEmpty)
	g.send("j", "true")
	g.await("the job is done", 30*time.Second, g.isDone("j"))
}

func TestBadSettingsAreOneErrorAndExitCode2(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	p := g.start("w", "SPOTGRID_SLOTS=many", "SPOTGRID_LOG=xml")
	assert.Equal(t, exitUsage, p.exitCode(t, 10*time.Second))
	assert.Contains(t, p.stderr.String(), "SPOTGRID_SLOTS")
	assert.Contains(t, p.stderr.String(), "SPOTGRID_LOG")
}

func TestWhatCannotBeOpenedIsOneError(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	for name, folder := range map[string]string{"not mounted": t.TempDir(), "not there": filepath.Join(t.TempDir(), "grid")} {
		t.Run(name, func(t *testing.T) {
			p := g.start("w", "SPOTGRID_VOLUME_URL=file://"+folder, "SPOTGRID_METADATA_URL=ftp://here", "SPOTGRID_GROUP_URL=asg://here/workers")
			assert.Equal(t, exitError, p.exitCode(t, 10*time.Second))
			for _, want := range []string{
				"SPOTGRID_VOLUME_URL: opening volume", "the folder is no volume, or the share is not mounted there", folder,
				"SPOTGRID_METADATA_URL: metadata URL is", "SPOTGRID_GROUP_URL: opening machine group", "region is", "parameter instance is", "parameter hook is",
			} {
				assert.Contains(t, p.stderr.String(), want)
			}
		})
	}
}

// TestIdleMemory states what an idle worker costs. The figure is in the log.
func TestIdleMemory(t *testing.T) {
	t.Parallel()
	g := newGrid(t, 10)
	g.program = filepath.Join(t.TempDir(), "worker")
	output, err := exec.Command("go", "build", "-o", g.program, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	g.start("w", "SPOTGRID_SLOTS=64")
	var memory int64
	g.await("the worker is idle", 20*time.Second, func() bool {
		workers, err := g.volume.Workers()
		if err != nil || len(workers) == 0 || workers[0].UpdatedAt.Sub(workers[0].StartedAt) < 5*time.Second {
			return false
		}
		memory = workers[0].MemoryBytes
		return true
	})
	t.Logf("an idle worker holds %.1f MiB", float64(memory)/(1<<20))
	assert.Less(t, memory, int64(50<<20))
	assert.Greater(t, memory, int64(1<<20))
}
