package worker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

func TestResultsThatEndTogetherShareAFile(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		const jobs = 200
		for i := range jobs {
			g.send(fmt.Sprint("j", i), "sleep", sleeps("1s"))
		}
		stop := g.start(func(c *worker.Config) { c.Slots = jobs })
		g.awaitEmpty()
		require.NoError(t, stop())
		for i := range jobs {
			assert.Equal(t, job.Succeeded, g.result(fmt.Sprint("j", i)).Outcome)
		}
		files := map[uint64]bool{}
		found, err := filepath.Glob(filepath.Join(g.volume.Path(), "results", "*", "*.json"))
		require.NoError(t, err)
		require.Len(t, found, jobs)
		for _, path := range found {
			info, err := os.Stat(path)
			require.NoError(t, err)
			files[info.Sys().(*syscall.Stat_t).Ino] = true
		}
		assert.Less(t, len(files), jobs/2)
	}, sleeper)
}

// slowAcks is a queue that confirms no Ack until it is let.
type slowAcks struct {
	queue.Driver
	let chan struct{}
}

func (d slowAcks) Ack(ctx context.Context, r queue.Receipt) error {
	<-d.let
	return d.Driver.Ack(ctx, r)
}

func TestJobsThatWaitForTheQueueLeaveTheirSlotsAndAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		driver := slowAcks{memory.New(memory.Options{LeaseSeconds: leaseSeconds}), make(chan struct{})}
		g := newGrid(t, driver, sleeper)
		const settling, slots, more = 512, 3, 10
		for i := range settling + slots + more {
			g.send(fmt.Sprint("j", i), "sleep", sleeps("0s"))
		}
		stop := g.start(func(c *worker.Config) { c.Slots, c.DrainSeconds = slots, 60 })
		time.Sleep(5 * time.Second)
		assert.Equal(t, queue.Stats{Ready: more, Leased: settling + slots}, g.left())
		assert.Len(t, g.running(), slots)
		close(driver.let)
		g.awaitEmpty()
		require.NoError(t, stop())
	})
}

// running are the jobs in the worker's state.
func (g *grid) running() []string {
	g.t.Helper()
	workers, err := g.volume.Workers()
	require.NoError(g.t, err)
	require.Len(g.t, workers, 1)
	return workers[0].Jobs
}
