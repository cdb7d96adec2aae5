package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/memory"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// idle is protectionIdle and half as long again, as the tests' Rand has it.
const idle = 45 * time.Second

// machine is a machine in memory that notes the calls which reach its group.
type machine struct {
	*memory.Machine
	mu    sync.Mutex
	start time.Time
	calls []string // with the seconds since start
	// down, if set, is what every call fails with after takes.
	down    error
	takes   time.Duration
	running int
	most    int // calls at a time
}

func newMachine() *machine { return &machine{Machine: memory.New(), start: time.Now()} }

func (m *machine) call(ctx context.Context, name string, do func() error) error {
	m.mu.Lock()
	m.calls = append(m.calls, fmt.Sprintf("%s at %.0f s", name, time.Since(m.start).Seconds()))
	m.running++
	m.most = max(m.most, m.running)
	takes := m.takes
	m.mu.Unlock()
	slept := queue.Sleep(ctx, takes)
	m.mu.Lock()
	m.running--
	down := m.down
	m.mu.Unlock()
	if err := errors.Join(slept, down); err != nil {
		return err
	}
	return do()
}

func (m *machine) Protect(ctx context.Context, on bool) error {
	name := "protect"
	if !on {
		name = "unprotect"
	}
	return m.call(ctx, name, func() error { return m.Machine.Protect(ctx, on) })
}

func (m *machine) Leave(ctx context.Context) error {
	return m.call(ctx, "leave", func() error { return m.Machine.Leave(ctx) })
}

var errDown = errors.New("the group cannot be reached")

func (m *machine) Kind(err error) machinegroup.Kind {
	if errors.Is(err, errDown) {
		return machinegroup.KindUnavailable
	}
	return m.Machine.Kind(err)
}

func (m *machine) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *machine) seen() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.calls...)
}

// in gives a worker the machine.
func (m *machine) in(c *worker.Config) {
	c.Group = machinegroup.New(m, machinegroup.Options{Name: "workers"})
}

func TestMachineIsProtectedFromTheFirstJobUntilItWasIdleForAWhile(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		stop := g.start(m.in)
		time.Sleep(100 * time.Second)
		assert.Equal(t, []string{"unprotect at 45 s"}, m.seen(), "a worker that ended here may have left it on")
		g.send("long", "sleep", sleeps("10m"))
		time.Sleep(time.Second)
		assert.True(t, m.IsProtected())
		g.awaitEmpty()
		time.Sleep(idle - 5*time.Second)
		assert.True(t, m.IsProtected(), "more may come soon")
		time.Sleep(6 * time.Second)
		assert.False(t, m.IsProtected())
		assert.Equal(t, []string{"unprotect at 45 s", "protect at 100 s", "unprotect at 745 s"}, m.seen())
		require.NoError(t, stop())
		assert.Len(t, m.seen(), 3, "nothing is left to take back")
	}, sleeper)
}

func TestProtectionStaysThroughShortPauses(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		stop := g.start(m.in)
		for i := range 30 {
			g.send(fmt.Sprint("j", i), "sleep", sleeps("1s"))
			time.Sleep(idle - 2*time.Second)
		}
		require.NoError(t, stop())
		assert.Equal(t, []string{"protect at 0 s", "unprotect at 1290 s"}, m.seen())
	}, sleeper)
}

func TestTenThousandShortJobsMakeAHandfulOfCalls(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		m.takes = time.Second
		const jobs = 10_000
		for i := range jobs {
			g.send(fmt.Sprint("j", i), "nothing")
		}
		stop := g.start(m.in, func(c *worker.Config) { c.Slots = 64 })
		g.awaitEmpty()
		time.Sleep(2 * time.Minute)
		require.NoError(t, stop())
		calls := m.seen()
		require.Len(t, calls, 2, "%q", calls)
		assert.Equal(t, "protect at 0 s", calls[0])
		assert.Contains(t, calls[1], "unprotect")
		assert.Equal(t, 1, m.most)
	}, kind{"nothing", func(context.Context, job.Task) (json.RawMessage, error) { return nil, nil }})
}

func TestGroupThatIsDownSlowsNoJobAndIsAskedEverMoreRarely(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		m := newMachine()
		m.down, m.takes = errDown, 10*time.Second
		stop := g.start(m.in)
		for i := range 36 {
			g.send(fmt.Sprint("j", i), "sleep", sleeps("6m"))
		}
		took := g.awaitEmpty()
		assert.InDelta(t, 54, took.Minutes(), 0.1, "36 jobs of six minutes, four at a time")
		calls := m.seen()
		assert.Less(t, len(calls), 60, "%q", calls)
		assert.Greater(t, len(calls), 12)
		assert.Equal(t, 1, strings.Count(g.log.String(), "cannot set the machine's protection"), g.log)
		assert.Equal(t, 1, m.most)

		m.set(func() { m.down, m.takes = nil, 0 })
		time.Sleep(6 * time.Minute)
		assert.Equal(t, 1, strings.Count(g.log.String(), "can be set again"))
		g.send("last", "sleep", sleeps("5s"))
		time.Sleep(time.Second)
		assert.True(t, m.IsProtected())
		require.NoError(t, stop())
		assert.False(t, m.IsProtected())
	}, sleeper)
}
