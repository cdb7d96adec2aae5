package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// TestMain lets the test binary play the workers.
func TestMain(m *testing.M) {
	switch os.Getenv("SUPERVISOR_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "worker":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		<-asked
	case "broken":
		os.Exit(3)
	}
}

// host is the agent around a fleet, driven by the test.
type host struct {
	dir  string
	role atomic.Value
	next atomic.Int64

	mu        sync.Mutex
	load      Load
	loadErr   error
	busy      map[string]bool
	announced map[string]time.Time
	forgotten []string
}

func (h *host) Backlog(context.Context, string) (Load, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.load, h.loadErr
}
func (h *host) NextName(fleet string) (string, error) {
	return fmt.Sprintf("%s-%d", fleet, h.next.Add(1)), nil
}
func (h *host) Program(api.Fleet) string { return os.Args[0] }
func (h *host) Environment(api.Fleet, string) []string {
	return []string{"SUPERVISOR_TEST_ROLE=" + h.role.Load().(string)}
}
func (h *host) Log(worker string) string { return filepath.Join(h.dir, worker+".log") }
func (h *host) Busy(_ api.Fleet, worker string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.busy[worker]
}
func (h *host) Announce(worker string, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.announced[worker] = at
}
func (h *host) Changed() {}
func (h *host) Forget(worker string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgotten = append(h.forgotten, worker)
}

func (h *host) set(edit func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	edit()
}

func spec() api.Fleet {
	return api.Fleet{Name: "spot", Queue: "jobs", MaxWorkers: 3, JobsPerWorker: 1, Slots: 1, DrainSeconds: 10}
}

// run supervises a fleet until the test ends, when no worker may be left.
func run(t *testing.T, s api.Fleet, role string) (*Fleet, *host) {
	t.Helper()
	h := &host{dir: t.TempDir(), busy: map[string]bool{}, announced: map[string]time.Time{}}
	h.role.Store(role)
	f := New(s, h, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	t.Cleanup(func() {
		var pids []int
		for _, w := range f.Status().Workers {
			pids = append(pids, w.PID)
		}
		cancel()
		<-done
		for _, pid := range pids {
			assert.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "worker process %d is left", pid)
		}
	})
	return f, h
}

// names of the workers that run and are not about to end.
func names(f *Fleet) []string {
	ns := []string{}
	for _, w := range f.Status().Workers {
		if w.State == "running" {
			ns = append(ns, w.Name)
		}
	}
	return ns
}

func eventually(t *testing.T, f *Fleet, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, func() bool { f.Wake(); return ok() }, 20*time.Second, 20*time.Millisecond, what)
}

func TestAFleetFollowsTheBacklogFromZeroAndBack(t *testing.T) {
	t.Parallel()
	f, h := run(t, spec(), "worker")
	eventually(t, f, "nothing runs without work", func() bool { return f.Status().Desired == 0 && len(names(f)) == 0 })
	h.set(func() { h.load = Load{Ready: 2} })
	eventually(t, f, "two workers for two jobs", func() bool { return len(names(f)) == 2 })
	h.set(func() { h.load = Load{Ready: 50} })
	eventually(t, f, "never more than the maximum", func() bool { return len(names(f)) == 3 })

	h.set(func() { h.load = Load{}; h.busy[names(f)[0]] = true })
	busy := names(f)[0]
	eventually(t, f, "idle workers go, the busy one stays", func() bool { return len(names(f)) == 1 })
	assert.Equal(t, []string{busy}, names(f))
	h.set(func() { h.busy = map[string]bool{} })
	eventually(t, f, "to zero", func() bool { return len(f.Status().Workers) == 0 })
}

func TestTheNumberStaysWhenTheBacklogCannotBeRead(t *testing.T) {
	t.Parallel()
	f, h := run(t, spec(), "worker")
	h.set(func() { h.load = Load{Ready: 2} })
	eventually(t, f, "two workers", func() bool { return len(names(f)) == 2 })
	before := names(f)
	h.set(func() { h.load, h.loadErr = Load{}, errors.New("no answer") })
	for range 20 {
		f.reconcile(context.Background())
	}
	assert.Equal(t, before, names(f), "nothing is scaled on a guess")
}

func TestAKilledWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	s := spec()
	s.MinWorkers = 1
	f, _ := run(t, s, "worker")
	eventually(t, f, "one worker", func() bool { return len(names(f)) == 1 })
	first := f.Status().Workers[0]
	require.NoError(t, syscall.Kill(first.PID, syscall.SIGKILL))
	eventually(t, f, "another takes its place", func() bool {
		ns := names(f)
		return len(ns) == 1 && ns[0] != first.Name
	})
	assert.Contains(t, f.Status().LastError, first.Name)
}

func TestWorkersThatFailAreStartedMoreAndMoreSeldom(t *testing.T) {
	t.Parallel()
	s := spec()
	s.MinWorkers, s.MaxWorkers = 1, 1
	f, h := run(t, s, "broken")
	eventually(t, f, "it fails", func() bool { return f.Status().LastError != "" })
	eventually(t, f, "and again", func() bool { return h.next.Load() >= 2 })
	assert.LessOrEqual(t, h.next.Load(), int64(4), "starts are spaced out")
	assert.Contains(t, f.Status().LastError, "exit status 3")

	h.role.Store("worker")
	changed := s
	changed.BinarySHA256 = "mended"
	f.Update(changed)
	eventually(t, f, "a mended program is tried at once", func() bool { return len(names(f)) == 1 })
}

func TestAnInterruptedWorkerIsToldReplacedAndKilled(t *testing.T) {
	t.Parallel()
	s := spec()
	s.MinWorkers, s.MaxWorkers = 1, 1
	f, h := run(t, s, "worker")
	eventually(t, f, "one worker", func() bool { return len(names(f)) == 1 })
	victim := f.Status().Workers[0]
	assert.False(t, f.Interrupt("spot-99", time.Second), "no such worker")
	require.True(t, f.Interrupt(victim.Name, 300*time.Millisecond))
	h.set(func() { assert.Contains(t, h.announced, victim.Name) })
	eventually(t, f, "a replacement comes", func() bool {
		ns := names(f)
		return len(ns) == 1 && ns[0] != victim.Name
	})
	eventually(t, f, "the victim ends without having been asked", func() bool {
		return errors.Is(syscall.Kill(victim.PID, 0), syscall.ESRCH)
	})
	assert.Empty(t, f.Status().LastError, "an interruption is nobody's failure")
}

func TestAChangedProgramReplacesTheWorkers(t *testing.T) {
	t.Parallel()
	s := spec()
	s.MinWorkers = 2
	f, _ := run(t, s, "worker")
	eventually(t, f, "two workers", func() bool { return len(names(f)) == 2 })
	old := names(f)
	changed := s
	changed.BinarySHA256 = "new"
	f.Update(changed)
	eventually(t, f, "two others", func() bool {
		ns := names(f)
		return len(ns) == 2 && len(f.Status().Workers) == 2 && ns[0] != old[0] && ns[1] != old[1]
	})
}
