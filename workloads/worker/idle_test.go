package worker_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/memory"
	"github.com/spotgrid/spotgrid/workloads/queue"
	queuememory "github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// idleSeconds of the workers in these tests: 90 s with the tests' Rand, and up to
// receiveWait more until the worker looks.
const idleSeconds = 60

func newLeaver() *machine { return &machine{Machine: memory.NewLeaver(), start: time.Now()} }

// leaving gives a worker the machine, which it leaves when idle.
func (m *machine) leaving(c *worker.Config) {
	m.in(c)
	c.IdleSeconds = idleSeconds
}

// requireLeft fails unless the machine leaves between two times after the start.
func requireLeft(t *testing.T, m *machine, after, until time.Duration) {
	t.Helper()
	time.Sleep(after - time.Since(m.start))
	require.False(t, m.IsGone(), "%q", m.seen())
	time.Sleep(until - time.Since(m.start))
	require.True(t, m.IsGone(), "%q", m.seen())
}

func TestIdleMachineLeavesItsGroup(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		stop := g.start(m.leaving)
		requireLeft(t, m, 89*time.Second, 111*time.Second)
		assert.Len(t, m.seen(), 1, "it protects nothing: %q", m.seen())
		g.send("late", "sleep", sleeps("1s"))
		time.Sleep(time.Minute)
		assert.Equal(t, queue.Stats{Ready: 1}, g.left(), "it takes no job any more")
		require.NoError(t, stop())
		assert.Contains(t, g.log.String(), "idle, the machine has left its group")
	}, sleeper)
}

func TestBusyMachineDoesNotLeave(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		stop := g.start(m.leaving, func(c *worker.Config) { c.Slots = 2 })
		time.Sleep(80 * time.Second)
		g.send("long", "sleep", sleeps("30m"))
		time.Sleep(29 * time.Minute)
		assert.Empty(t, m.seen(), "a slot is free and the queue empty, but a job runs")
		g.awaitEmpty()
		ended := time.Since(m.start)
		requireLeft(t, m, ended+89*time.Second, ended+111*time.Second)
		require.NoError(t, stop())
	}, sleeper)
}

func TestJobsThatComeNowAndThenKeepTheMachine(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		stop := g.start(m.leaving)
		for range 20 {
			g.send("j"+time.Now().Format("150405"), "sleep", sleeps("1s"))
			time.Sleep(80 * time.Second)
		}
		assert.Empty(t, m.seen())
		require.NoError(t, stop())
		assert.Empty(t, m.seen(), "a worker that is asked to stop does not leave")
	}, sleeper)
}

func TestMachineThatItsGroupNeedsStaysAndWorks(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		m.Need(true)
		stop := g.start(m.leaving)
		time.Sleep(time.Hour)
		calls := len(m.seen())
		assert.Greater(t, calls, 30, "it asks again after it was idle once more")
		assert.Less(t, calls, 41)
		assert.Equal(t, 1, strings.Count(g.log.String(), "the group needs the machine"), g.log)
		g.send("j", "sleep", sleeps("1s"))
		g.awaitEmpty()
		m.Need(false)
		time.Sleep(2 * time.Minute)
		assert.True(t, m.IsGone())
		require.NoError(t, stop())
	}, sleeper)
}

func TestMachineThatCannotLeaveWorksOn(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		m.down = errDown
		stop := g.start(m.leaving)
		time.Sleep(10 * time.Minute)
		assert.Equal(t, 1, strings.Count(g.log.String(), "cannot leave its group"), g.log)
		g.send("j", "sleep", sleeps("1s"))
		took := g.awaitEmpty()
		assert.Less(t, took, 20*time.Second)
		require.NoError(t, stop())
	}, sleeper)
}

// undying lets its machine go, but does not end it.
type undying struct{ *machine }

func (u undying) Leave(ctx context.Context) error {
	return u.call(ctx, "leave", func() error { return nil })
}

func TestMachineThatLeftButDoesNotEndWorksOn(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newLeaver()
		stop := g.start(m.leaving, func(c *worker.Config) { c.Group = machinegroup.New(undying{m}, machinegroup.Options{Name: "workers"}) })
		time.Sleep(2 * time.Minute)
		require.Len(t, m.seen(), 1)
		g.send("j", "sleep", sleeps("1s"))
		took := g.awaitEmpty()
		assert.InDelta(t, 270, took.Seconds(), 30, "five minutes after it left")
		assert.Contains(t, g.log.String(), "does not end: working on")
		require.NoError(t, stop())
	}, sleeper)
}

// cut is a queue that cannot be reached for a while.
type cut struct {
	*queuememory.Driver
	isCut atomic.Bool
}

var errCut = errors.New("the line is cut")

func (c *cut) Receive(ctx context.Context, most int, wait time.Duration) ([]queue.Delivery, error) {
	if c.isCut.Load() {
		return nil, errCut
	}
	return c.Driver.Receive(ctx, most, wait)
}

func TestQueueThatCannotBeReachedIsNotEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &cut{Driver: queuememory.New(queuememory.Options{LeaseSeconds: leaseSeconds})}
		g := newGrid(t, q, sleeper)
		m := newLeaver()
		stop := g.start(m.leaving)
		time.Sleep(50 * time.Second)
		q.isCut.Store(true)
		time.Sleep(20 * time.Minute)
		assert.Empty(t, m.seen())
		q.isCut.Store(false)
		back := time.Since(m.start)
		requireLeft(t, m, back+85*time.Second, back+115*time.Second)
		require.NoError(t, stop())
	})
}

func TestIdleSecondsNeedAGroupThatCanBeLeft(t *testing.T) {
	t.Parallel()
	const fault = "idle seconds is 60, want 0 for a machine that is in no group which it could leave"
	assert.ErrorContains(t, worker.Config{IdleSeconds: 60}.Check(), fault)
	assert.ErrorContains(t, worker.Config{IdleSeconds: 60, Group: machinegroup.New(memory.New(), machinegroup.Options{})}.Check(), fault)
	left := worker.Config{IdleSeconds: 60, Group: machinegroup.New(memory.NewLeaver(), machinegroup.Options{})}.Check()
	assert.NotContains(t, left.Error(), "idle seconds")
	assert.ErrorContains(t, worker.Config{IdleSeconds: -1}.Check(), "idle seconds is -1, want 0..86400")
}
