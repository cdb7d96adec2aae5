package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

func TestConfigNamesEveryFault(t *testing.T) {
	t.Parallel()
	err := worker.Run(t.Context(), worker.Config{Name: "a/b", Slots: 1025, DrainSeconds: -1})
	for _, want := range []string{
		`starting worker "a/b"`, `name is "a/b"`, "queue: none given", "dead-letter queue: none given", "volume: none given",
		"job kinds: none given", "slots is 1025, want 1..1024", "drain seconds is -1, want 0..3600",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestResultIsCommittedThenTheJobIsGone(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		start := time.Now().UTC()
		g.send("j", "sleep", sleeps("90s")) // three leases long
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		assert.Equal(t, volume.Record{
			Version: 1, JobID: "j", Batch: "b", Kind: "sleep", Outcome: job.Succeeded, Result: json.RawMessage(`"slept"`),
			Attempts: []job.Attempt{{Number: 1, Worker: "w", StartedAt: start, EndedAt: start.Add(90 * time.Second), Outcome: job.Succeeded}},
			Worker:   "w", StartedAt: start, EndedAt: start.Add(90 * time.Second), Seconds: 90,
		}, g.result("j"))
		assert.Empty(t, g.letters())
		logs, err := g.volume.Logs("j")
		require.NoError(t, err)
		assert.Empty(t, logs, "a silent job has no log")
	}, sleeper)
}

func TestEachLineOfAJobsLogHasJobAttemptAndWorker(t *testing.T) {
	t.Parallel()
	talker := kind{"talk", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		task.Log.With("k", 1).Info("hello", "n", 2)
		fmt.Fprint(task.Output, "one\ntw")
		fmt.Fprint(task.Output, "o\nno newline")
		return nil, nil
	}}
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "talk")
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		require.Equal(t, volume.LogPath("j", 1), g.result("j").Log)
		lines, err := g.volume.TailLog("j", 1, 100)
		require.NoError(t, err)
		var messages []string
		for _, line := range lines {
			var fields map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &fields), line)
			assert.Equal(t, "j", fields["job"])
			assert.Equal(t, 1.0, fields["attempt"])
			assert.Equal(t, "w", fields["worker"])
			messages = append(messages, fields["msg"].(string))
		}
		assert.Equal(t, []string{"hello", "one", "two", "no newline"}, messages)
		assert.Contains(t, lines[0], `"k":1,"n":2`)
	}, talker)
}

func TestPanicIsAFailureWithItsStackInTheLog(t *testing.T) {
	t.Parallel()
	bomb := kind{"bomb", func(context.Context, job.Task) (json.RawMessage, error) { panic("tick") }}
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "bomb", func(j *job.Job) { j.Limits.MaxAttempts = 1 })
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		assert.Equal(t, "the job's kind panicked: tick", letters[0].Attempts[0].Cause)
		lines, err := g.volume.TailLog("j", 1, 100)
		require.NoError(t, err)
		assert.Contains(t, strings.Join(lines, "\n"), "worker_test.go", "the stack leads here")
	}, bomb)
}

func TestBrokenResultIsAFailure(t *testing.T) {
	t.Parallel()
	liar := kind{"liar", func(context.Context, job.Task) (json.RawMessage, error) { return json.RawMessage(`{half`), nil }}
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "liar", func(j *job.Job) { j.Limits.MaxAttempts = 1 })
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		g.hasNoResult("j")
		assert.Equal(t, "the job's kind returned a result that is not JSON", g.letters()[0].Attempts[0].Cause)
	}, liar)
}

func TestTimeLimitEndsAnAttempt(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "sleep", sleeps("1h"), func(j *job.Job) { j.Limits = job.Limits{TimeoutSeconds: 40, MaxAttempts: 1} })
		stop := g.start()
		took := g.awaitEmpty()
		require.NoError(t, stop())
		assert.InDelta(t, 40, took.Seconds(), 1)
		a := g.letters()[0].Attempts[0]
		assert.Equal(t, job.TimedOut, a.Outcome)
		assert.Equal(t, "the attempt ran into its time limit", a.Cause)
	}, sleeper)
}

func TestKindThatIgnoresItsTimeLimitIsAbandoned(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	simulate(t, func(t *testing.T, g *grid) {
		release = make(chan struct{}) // of the simulation
		g.send("deaf", "deaf", func(j *job.Job) { j.Limits = job.Limits{TimeoutSeconds: 5, MaxAttempts: 1} })
		g.send("next", "sleep", sleeps("1s"))
		stop := g.start(func(c *worker.Config) { c.Slots = 1 })
		took := g.awaitEmpty()
		assert.InDelta(t, 16, took.Seconds(), 1, "5 s of limit, 10 s of grace, then the next job")
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		assert.Equal(t, job.TimedOut, letters[0].Attempts[0].Outcome)
		assert.Contains(t, letters[0].Attempts[0].Cause, "did not return within 10s")
		assert.Equal(t, job.Succeeded, g.result("next").Outcome)
		close(release)
	}, sleeper, kind{"deaf", func(context.Context, job.Task) (json.RawMessage, error) { <-release; return nil, nil }})
}

func TestNoMoreJobsRunThanThereAreSlots(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	counter := kind{"count", func(context.Context, job.Task) (json.RawMessage, error) {
		n := running.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Second)
		running.Add(-1)
		return nil, nil
	}}
	simulate(t, func(t *testing.T, g *grid) {
		for i := range 30 {
			g.send(fmt.Sprint("j", i), "count")
		}
		stop := g.start(func(c *worker.Config) { c.Slots = 3 })
		took := g.awaitEmpty()
		require.NoError(t, stop())
		assert.Equal(t, int32(3), most.Load())
		assert.InDelta(t, 10, took.Seconds(), 1, "30 jobs of a second, three at a time")
	}, counter)
}

func TestJobWithAResultIsNotRunAgain(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "explode")
		first, err := g.jobs.Receive(t.Context(), 1, time.Second) // a worker that commits and dies
		require.NoError(t, err)
		require.Len(t, first, 1)
		_, err = g.volume.CommitResult(volume.Record{JobID: "j", Kind: "explode", Outcome: job.Succeeded, Worker: "dead"})
		require.NoError(t, err)
		stop := g.start()
		took := g.awaitEmpty()
		require.NoError(t, stop())
		assert.GreaterOrEqual(t, took.Seconds(), 29.0, "not before the lease ended")
		assert.Equal(t, "dead", g.result("j").Worker)
		assert.Empty(t, g.attempts("j"))
	}, kind{"explode", func(context.Context, job.Task) (json.RawMessage, error) { return nil, errors.New("it was run") }})
}

func TestAttemptThatVanishedIsShownAndNotCounted(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "fail", func(j *job.Job) { j.Limits.MaxAttempts = 2 })
		_, err := g.jobs.Receive(t.Context(), 1, time.Second) // a worker that is killed
		require.NoError(t, err)
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		assert.Equal(t, []job.Outcome{job.Lost, job.Failed, job.Failed}, outcomes(letters[0].Attempts))
		assert.Contains(t, letters[0].Attempts[0].Cause, "it left no record")
	}, kind{"fail", func(context.Context, job.Task) (json.RawMessage, error) { return nil, errors.New("no") }})
}

func TestLostLeaseCancelsTheJobAndLeavesItToOthers(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, _ *grid) {
		driver := &losingDriver{Driver: memory.New(memory.Options{LeaseSeconds: leaseSeconds})}
		driver.losing.Store(true)
		g := newGrid(t, driver, sleeper)
		g.send("j", "sleep", sleeps("35s"))
		stop := g.start()
		time.Sleep(15 * time.Second) // one heartbeat
		state, err := g.volume.Workers()
		require.NoError(t, err)
		assert.Equal(t, volume.Idle, state[0].State, "the slot is free")
		assert.Empty(t, g.attempts("j"))
		g.hasNoResult("j")
		driver.losing.Store(false)
		g.awaitEmpty()
		require.NoError(t, stop())
		r := g.result("j")
		assert.Equal(t, []job.Outcome{job.Lost, job.Succeeded}, outcomes(r.Attempts))
	})
}

// losingDriver says of every lease that it is lost, while it is losing.
type losingDriver struct {
	queue.Driver
	losing atomic.Bool
}

var errLost = errors.New("lost")

func (d *losingDriver) Extend(ctx context.Context, r queue.Receipt) error {
	if d.losing.Load() {
		return errLost
	}
	return d.Driver.Extend(ctx, r)
}

func (d *losingDriver) Kind(err error) queue.Kind {
	if errors.Is(err, errLost) {
		return queue.KindLeaseLost
	}
	return d.Driver.Kind(err)
}

func TestResultThatIsFinishedAfterTheLeaseWasLostIsKeptButNotAcknowledged(t *testing.T) {
	t.Parallel()
	stubborn := kind{"stubborn", func(context.Context, job.Task) (json.RawMessage, error) {
		time.Sleep(12 * time.Second) // past the heartbeat at 10 s, and deaf to it
		return nil, nil
	}}
	simulate(t, func(t *testing.T, _ *grid) {
		driver := &losingDriver{Driver: memory.New(memory.Options{LeaseSeconds: leaseSeconds})}
		driver.losing.Store(true)
		g := newGrid(t, driver, stubborn)
		g.send("j", "stubborn")
		stop := g.start()
		time.Sleep(15 * time.Second)
		assert.Equal(t, 1, g.result("j").Attempts[0].Number)
		assert.Equal(t, 1, g.left().Leased, "another may hold the job: it is not ours to acknowledge")
		took := g.awaitEmpty()
		assert.InDelta(t, 15, took.Seconds(), 2, "it came back, was found done and acknowledged")
		require.NoError(t, stop())
		assert.Len(t, g.result("j").Attempts, 1)
	})
}

func TestClosedQueueEndsTheWorkerWithAnError(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		ended := make(chan error)
		go func() {
			ended <- worker.Run(t.Context(), worker.Config{Name: "w", Queue: g.jobs, DeadLetter: g.dead, Volume: g.volume, Kinds: g.kinds, Slots: 1})
		}()
		time.Sleep(time.Second)
		require.NoError(t, g.jobs.Close())
		assert.Equal(t, queue.KindClosed, queue.KindOf(<-ended))
	}, sleeper)
}

func TestStateOnTheVolumeFollowsTheWorker(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		state := func() volume.Worker {
			all, err := g.volume.Workers()
			require.NoError(t, err)
			require.Len(t, all, 1)
			return all[0]
		}
		started := time.Now().UTC()
		stop := g.start()
		time.Sleep(30 * time.Second)
		idle := state()
		assert.Equal(t, volume.Idle, idle.State)
		assert.Empty(t, idle.Jobs)
		assert.Equal(t, 4, idle.Slots)
		assert.Equal(t, os.Getpid(), idle.PID)
		assert.Positive(t, idle.MemoryBytes)
		assert.Equal(t, started, idle.StartedAt)
		assert.LessOrEqual(t, time.Since(idle.UpdatedAt), 5*time.Second)

		g.send("one", "sleep", sleeps("20s"))
		g.send("bad", "dance")
		g.send("two", "sleep", sleeps("20s"))
		time.Sleep(6 * time.Second)
		busy := state()
		assert.Equal(t, volume.Busy, busy.State)
		assert.Equal(t, []string{"one", "two"}, busy.Jobs)
		assert.EqualValues(t, 1, busy.Failed)
		g.awaitEmpty()
		time.Sleep(6 * time.Second)
		assert.EqualValues(t, 2, state().Done)
		require.NoError(t, stop())
		assert.NoFileExists(t, filepath.Join(g.volume.Path(), "workers", "w.json"))
	}, sleeper)
}
