package worker_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestDrainLetsJobsFinishAndInterruptsTheRest(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("short", "sleep", sleeps("8s"))
		g.send("long", "sleep", sleeps("1h"), func(j *job.Job) { j.Limits.TimeoutSeconds = 7200 })
		stop := g.start()
		time.Sleep(5 * time.Second)
		g.send("late", "sleep", sleeps("1s"))
		time.Sleep(time.Second) // it is started at once: there are slots
		asked := time.Now()
		g.jobsAreNotReceivedAfter(stop)
		assert.InDelta(t, 5, time.Since(asked).Seconds(), 1, "DrainSeconds")

		assert.Equal(t, job.Succeeded, g.result("short").Outcome)
		assert.Equal(t, job.Succeeded, g.result("late").Outcome)
		g.hasNoResult("long")
		attempts := g.attempts("long")
		require.Equal(t, []job.Outcome{job.Interrupted}, outcomes(attempts))
		assert.Equal(t, "the worker was interrupted: asked to stop", attempts[0].Cause)
		again, err := g.jobs.Receive(t.Context(), 10, time.Second)
		require.NoError(t, err)
		require.Len(t, again, 2, "the interrupted job is back at once, beside the one never received")
	}, sleeper)
}

// jobsAreNotReceivedAfter stops the worker and sends one more job meanwhile.
func (g *grid) jobsAreNotReceivedAfter(stop func() error) {
	g.t.Helper()
	go func() {
		time.Sleep(500 * time.Millisecond)
		g.send("after", "sleep", sleeps("0s"))
	}()
	require.NoError(g.t, stop())
	g.hasNoResult("after")
}

func TestInterruptedAttemptsDoNotCount(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "sleep", sleeps("1m"), func(j *job.Job) { j.Limits.MaxAttempts = 1 })
		for range 3 {
			stop := g.start()
			time.Sleep(10 * time.Second)
			require.NoError(t, stop())
		}
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		assert.Equal(t, []job.Outcome{job.Interrupted, job.Interrupted, job.Interrupted, job.Succeeded}, outcomes(g.result("j").Attempts))
		assert.Empty(t, g.letters())
	}, sleeper)
}

func TestNoticeLeavesTheTimeThereIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ notice, want time.Duration }{
		"no time left":            {0, 0},
		"less than the margin":    {15 * time.Second, 0},
		"a little over it":        {22 * time.Second, 2 * time.Second},
		"more than drain seconds": {2 * time.Minute, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				g.send("j", "sleep", sleeps("1h"))
				stop := g.start()
				time.Sleep(time.Second)
				asked := time.Now()
				g.notices <- interrupt.Notice{Action: "terminate", Deadline: asked.Add(c.notice), Source: "test"}
				for len(g.attempts("j")) == 0 {
					time.Sleep(100 * time.Millisecond)
				}
				assert.InDelta(t, c.want.Seconds(), time.Since(asked).Seconds(), 0.2)
				require.NoError(t, stop())
				a := g.attempts("j")[0]
				assert.Equal(t, job.Interrupted, a.Outcome)
				assert.Contains(t, a.Cause, "the worker was interrupted: terminate at 2000-01-01T00:")
				assert.Contains(t, a.Cause, "announced by test")
				got, err := g.jobs.Receive(t.Context(), 1, time.Second)
				require.NoError(t, err)
				require.Len(t, got, 1, "the job is back at once")
				assert.Equal(t, 2, got[0].Number)
			}, sleeper)
		})
	}
}

func TestNoticeDuringADrainShortensIt(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "sleep", sleeps("1h"))
		stop := g.start()
		time.Sleep(time.Second)
		asked := time.Now()
		go func() {
			time.Sleep(time.Second)
			g.notices <- interrupt.Notice{Action: "stop", Deadline: time.Now(), Source: "test"}
		}()
		require.NoError(t, stop())
		assert.InDelta(t, 1, time.Since(asked).Seconds(), 0.2)
		assert.Contains(t, g.attempts("j")[0].Cause, "stop at")
	}, sleeper)
}

func TestKindThatIgnoresAnInterruptionIsAbandoned(t *testing.T) {
	t.Parallel()
	var release chan struct{}
	simulate(t, func(t *testing.T, g *grid) {
		release = make(chan struct{})
		g.send("j", "deaf")
		stop := g.start()
		time.Sleep(time.Second)
		asked := time.Now()
		require.NoError(t, stop())
		assert.InDelta(t, 15, time.Since(asked).Seconds(), 1, "drain seconds and grace")
		assert.Equal(t, []job.Outcome{job.Interrupted}, outcomes(g.attempts("j")))
		got, err := g.jobs.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		require.Len(t, got, 1)
		close(release)
		synctest.Wait()
		g.hasNoResult("j")
	}, kind{"deaf", func(context.Context, job.Task) (json.RawMessage, error) { <-release; return nil, nil }})
}

func TestVolumeThatVanishesPausesTheWorkerAndLosesNothing(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		for _, id := range []string{"a", "b", "c"} {
			g.send(id, "sleep", sleeps("10s"))
		}
		stop := g.start()
		time.Sleep(time.Second)
		away := g.volume.Path() + ".away"
		require.NoError(t, os.Rename(g.volume.Path(), away))
		time.Sleep(10 * time.Minute)
		assert.Equal(t, 3, g.left().Ready+g.left().Leased, "nothing was acknowledged")
		assert.Contains(t, g.log.String(), "the volume takes no writes")
		g.send("d", "sleep", sleeps("10s"))

		require.NoError(t, os.Rename(away, g.volume.Path()))
		g.awaitEmpty()
		require.NoError(t, stop())
		for _, id := range []string{"a", "b", "c", "d"} {
			assert.Equal(t, job.Succeeded, g.result(id).Outcome, id)
		}
		assert.Empty(t, g.letters())
		assert.Contains(t, g.log.String(), "the volume takes writes again")
	}, sleeper)
}

// TestFullVolumeLosesNothing fills a small file system for real, which takes
// root.
func TestFullVolumeLosesNothing(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if err := syscall.Mount("tmpfs", base, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("needs the right to mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, exec.Command("umount", base).Run()) })
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t, memory.New(memory.Options{LeaseSeconds: leaseSeconds}), sleeper)
		path := filepath.Join(base, "grid")
		require.NoError(t, volume.Init(path))
		v, err := volume.Open("file://" + path)
		require.NoError(t, err)
		g.volume = v
		g.send("j", "sleep", sleeps("3s"))
		g.send("bad", "dance")
		ballast := filepath.Join(path, "ballast")
		require.Error(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600), "the file system fills up")

		stop := g.start()
		time.Sleep(10 * time.Minute)
		assert.Equal(t, 2, g.left().Ready+g.left().Leased, "nothing was acknowledged")
		assert.Empty(t, g.letters())
		assert.Contains(t, g.log.String(), volume.ErrFull.Error())

		require.NoError(t, os.Remove(ballast))
		g.awaitEmpty()
		require.NoError(t, stop())
		assert.Equal(t, job.Succeeded, g.result("j").Outcome)
		assert.Len(t, g.letters(), 1)
		assert.Equal(t, queue.Stats{}, g.left())
	})
}
