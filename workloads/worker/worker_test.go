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

func TestFailingJobIsTriedWithGrowingDelaysThenBuried(t *testing.T) {
	t.Parallel()
	var starts []time.Time
	poison := kind{"poison", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		starts = append(starts, time.Now())
		for i := range 30 {
			fmt.Fprintln(task.Output, "line", i)
		}
		return json.RawMessage(`{"code":7}`), fmt.Errorf("no luck in try %d", len(starts))
	}}
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "poison", func(j *job.Job) { j.Limits.MaxAttempts = 4 })
		g.send("good", "sleep", sleeps("1s"))
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())

		require.Len(t, starts, 4)
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			delay := starts[i+1].Sub(starts[i])
			assert.GreaterOrEqual(t, delay, want)
			assert.LessOrEqual(t, delay, want+time.Second)
		}
		g.hasNoResult("j")
		assert.Equal(t, job.Succeeded, g.result("good").Outcome, "the rest goes on")

		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 4)
		for i, a := range letters[0].Attempts {
			assert.Equal(t, i+1, a.Number)
			assert.Equal(t, job.Failed, a.Outcome)
			assert.Equal(t, fmt.Sprintf("no luck in try %d", i+1), a.Cause)
			require.Len(t, a.LogTail, 20)
			assert.Equal(t, "line 29", a.LogTail[19])
		}
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Equal(t, letters[0].Attempts, dead.Attempts)
		assert.JSONEq(t, `{"code":7}`, string(dead.Result))
		assert.Equal(t, "no luck in try 4", dead.Cause)
		assert.Equal(t, "j", dead.Job.ID)
		assert.Empty(t, dead.Job.Attempts)
	}, poison, sleeper)
}

func TestHopelessJobIsBuriedAtOnce(t *testing.T) {
	t.Parallel()
	hopeless := kind{"hopeless", func(context.Context, job.Task) (json.RawMessage, error) {
		return nil, job.Reject(errors.New("no such program"))
	}}
	picky := pickyKind{kind{"picky", nil}}
	for name, c := range map[string]struct{ kind, cause string }{
		"unknown kind":     {"dance", `unknown job kind "dance", this grid knows hopeless, picky`},
		"payload refused":  {"picky", `payload of kind "picky": no payload is good enough`},
		"rejected by kind": {"hopeless", "no such program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				g.send("j", c.kind)
				stop := g.start()
				g.awaitEmpty()
				require.NoError(t, stop())
				letters := g.letters()
				require.Len(t, letters, 1)
				require.Len(t, letters[0].Attempts, 1)
				assert.Equal(t, job.Rejected, letters[0].Attempts[0].Outcome)
				assert.Equal(t, c.cause, letters[0].Attempts[0].Cause)
			}, hopeless, picky)
		})
	}
}

type pickyKind struct{ kind }

func (pickyKind) Check(json.RawMessage) error { return errors.New("no payload is good enough") }

func TestMessageThatIsNoJobIsWrappedAndBuried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want worker.Undecodable
	}{
		"text":            {"hello", worker.Undecodable{Body: "hello"}},
		"binary":          {"\xff\x00", worker.Undecodable{Body: "/wA=", Base64: true}},
		"of another time": {`{"version":9}`, worker.Undecodable{Body: `{"version":9}`}},
		"empty":           {"", worker.Undecodable{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				g.sendRaw("m", []byte(c.body))
				stop := g.start()
				g.awaitEmpty()
				require.NoError(t, stop())
				letters := g.letters()
				require.Len(t, letters, 1)
				var got worker.Undecodable
				require.NoError(t, json.Unmarshal(letters[0].Payload, &got))
				assert.Equal(t, c.want, got)
				assert.Equal(t, worker.UndecodableKind, letters[0].Kind)
				assert.Contains(t, letters[0].Attempts[0].Cause, "decoding job")
				dead, err := g.volume.Dead(letters[0].ID)
				require.NoError(t, err)
				assert.Equal(t, letters[0].Attempts[0].Cause, dead.Cause)
			}, sleeper)
		})
	}
}

func TestUndecodableMessageTooLargeToWrapIsSentAsItIs(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		body := []byte(strings.Repeat("x", job.MaxEnvelopeBytes))
		g.sendRaw("m", body)
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		got, err := g.dead.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, body, got[0].Body)
	}, sleeper)
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

func TestJobWhoseWorkerDiedBeforeItsBurialIsBuriedWithoutAnotherRun(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "sleep", sleeps("1s"), func(j *job.Job) { j.Limits.MaxAttempts = 1 })
		_, err := g.jobs.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		require.NoError(t, g.volume.WriteAttempt("j", job.Attempt{Number: 1, Worker: "dead", Outcome: job.Failed, Cause: "last words"}))
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		g.hasNoResult("j")
		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 1)
		assert.Equal(t, "last words", letters[0].Attempts[0].Cause)
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Equal(t, "dead", dead.Worker)
	}, sleeper)
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

func TestDeadLetterSentAgainStartsAnewAndKeepsItsHistory(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		require.NoError(t, g.volume.WriteAttempt("j", job.Attempt{Number: 2, Outcome: job.Failed, Cause: "old"}))
		g.send("j", "fail", func(j *job.Job) {
			j.Limits.MaxAttempts = 2
			j.Attempts = []job.Attempt{{Number: 1, Outcome: job.Lost}, {Number: 2, Outcome: job.Failed, Cause: "old"}}
		})
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		assert.Equal(t, []job.Outcome{job.Lost, job.Failed, job.Failed, job.Failed}, outcomes(letters[0].Attempts))
		assert.Equal(t, 4, letters[0].Attempts[3].Number)
	}, kind{"fail", func(context.Context, job.Task) (json.RawMessage, error) { return nil, errors.New("no") }})
}

func TestDeadLetterThatIsTooLargeLosesItsLogLinesFirst(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "loud", func(j *job.Job) {
			j.Limits.MaxAttempts = 3
			j.Payload = json.RawMessage(`"` + strings.Repeat("p", 210<<10) + `"`)
		})
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 3)
		assert.Empty(t, letters[0].Attempts[0].LogTail)
		assert.Len(t, letters[0].Attempts[2].LogTail, 20, "those of the last attempt stay")
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Len(t, dead.Attempts[0].LogTail, 20, "the volume has them all")
	}, kind{"loud", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		for range 40 {
			fmt.Fprintln(task.Output, strings.Repeat("y", 2000))
		}
		return nil, errors.New("no")
	}})
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
