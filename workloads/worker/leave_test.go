package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

func TestDrainedMachineIsUnprotectedThenLetGo(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		g.send("short", "sleep", sleeps("8s"))
		g.send("long", "sleep", sleeps("1h"))
		stop := g.start(m.in, func(c *worker.Config) { c.DrainSeconds = 10 })
		time.Sleep(4 * time.Second)
		m.Machine.Protect(t.Context(), false) // as somebody may, whom protection does not keep from it
		require.True(t, m.Shrink())
		g.notices <- interrupt.Notice{Action: "terminate", Source: interrupt.SourceGroup}
		time.Sleep(9 * time.Second)
		assert.Equal(t, []string{"protect at 0 s"}, m.seen(), "the long job still runs")
		assert.False(t, m.IsGone())
		require.NoError(t, stop())
		assert.Equal(t, []string{"protect at 0 s", "unprotect at 14 s", "leave at 14 s"}, m.seen())
		assert.True(t, m.IsGone())
		assert.Equal(t, job.Succeeded, g.result("short").Outcome)
		attempts := g.attempts("long")
		require.Equal(t, []job.Outcome{job.Interrupted}, outcomes(attempts), "it had DrainSeconds")
		assert.Equal(t, "the worker was interrupted: terminate, announced by autoscaling", attempts[0].Cause)
		assert.NotContains(t, g.log.String(), "protection back", "that it is not in service is no fault")
	}, sleeper)
}

// gone looks at the volume when the machine is let go.
type gone struct {
	*machine
	look func()
}

func (m gone) Leave(ctx context.Context) error {
	m.look()
	return m.machine.Leave(ctx)
}

func TestMachineIsLetGoWhenNothingIsLeftToDo(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		looked := false
		g.send("j", "sleep", sleeps("3s"))
		stop := g.start(func(c *worker.Config) {
			c.Group = machinegroup.New(gone{m, func() {
				looked = true
				assert.Equal(t, job.Succeeded, g.result("j").Outcome)
				assert.Zero(t, g.left())
				_, err := os.Stat(filepath.Join(g.volume.Path(), "workers", "w.json"))
				assert.ErrorIs(t, err, os.ErrNotExist)
			}}, machinegroup.Options{})
		})
		time.Sleep(time.Second)
		m.Machine.Protect(t.Context(), false)
		m.Shrink()
		g.notices <- interrupt.Notice{Action: "terminate", Source: interrupt.SourceGroup}
		require.NoError(t, stop())
		assert.True(t, looked)
	}, sleeper)
}

func TestMachineIsLetGoThoughTheGroupDoesNotWaitYet(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		stop := g.start(m.in)
		time.Sleep(time.Minute)
		g.notices <- interrupt.Notice{Action: "terminate", Source: interrupt.SourceGroup}
		time.AfterFunc(500*time.Millisecond, func() { m.Shrink() })
		require.NoError(t, stop())
		assert.True(t, m.IsGone(), "%q", m.seen())
	}, sleeper)
}

func TestWorkerThatIsAskedToStopLeavesNoGroup(t *testing.T) {
	t.Parallel()
	for name, notice := range map[string]*interrupt.Notice{
		"signal":            nil,
		"spot interruption": {Action: "terminate", Deadline: time.Date(2000, 1, 1, 0, 2, 0, 0, time.UTC), Source: interrupt.SourceEC2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				m := newMachine()
				g.send("j", "sleep", sleeps("1h"))
				stop := g.start(m.in)
				time.Sleep(time.Second)
				if notice != nil {
					g.notices <- *notice
				}
				require.NoError(t, stop())
				assert.Equal(t, []string{"protect at 0 s", "unprotect at 6 s"}, m.seen())
				assert.False(t, m.IsProtected())
			}, sleeper)
		})
	}
}

func TestGroupsNoticeDuringADrainIsRememberedAndProlongsNothing(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		g.send("j", "sleep", sleeps("1h"))
		stop := g.start(m.in, func(c *worker.Config) { c.DrainSeconds = 3600 })
		time.Sleep(time.Second)
		asked := time.Now()
		g.notices <- interrupt.Notice{Action: "terminate", Deadline: asked.Add(30 * time.Second), Source: interrupt.SourceEC2}
		time.Sleep(time.Second)
		m.Machine.Protect(t.Context(), false)
		m.Shrink()
		g.notices <- interrupt.Notice{Action: "terminate", Source: interrupt.SourceGroup}
		require.NoError(t, stop())
		assert.InDelta(t, 10, time.Since(asked).Seconds(), 0.2, "20 s before EC2's deadline")
		assert.Contains(t, g.attempts("j")[0].Cause, "announced by ec2")
		assert.True(t, m.IsGone())
	}, sleeper)
}

func TestGroupThatDoesNotAnswerDelaysTheEndOnlySoLong(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		m.down = errDown
		stop := g.start(m.in)
		time.Sleep(time.Second)
		asked := time.Now()
		g.notices <- interrupt.Notice{Action: "terminate", Source: interrupt.SourceGroup}
		require.NoError(t, stop())
		assert.LessOrEqual(t, time.Since(asked), 18*time.Second)
		assert.Contains(t, g.log.String(), "cannot take the machine's protection back")
		assert.Contains(t, g.log.String(), "cannot let the machine go, it goes when its group has waited long enough")
	}, sleeper)
}
