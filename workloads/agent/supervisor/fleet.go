// Package supervisor keeps a fleet's worker processes at the number that the
// backlog asks for: it starts, restarts with backoff, drains and interrupts.
package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

const (
	// tick is how often the number of workers is looked at. Half a second is
	// soon enough for a person and cheap enough for an idle machine.
	tick = 500 * time.Millisecond
	// killGrace is what a worker gets beyond its drain before it is killed.
	killGrace = 5 * time.Second
)

// Host is what a fleet needs from the agent around it.
type Host interface {
	// Backlog of the fleet's queue.
	Backlog(ctx context.Context, queue string) (Load, error)
	// NextName makes a worker's name that was never used before.
	NextName(fleet string) (string, error)
	// Program is the path of the agent's copy of the declared binary.
	Program(f api.Fleet) string
	// Environment is what a worker sees.
	Environment(f api.Fleet, worker string) []string
	// Log is the file that takes what the worker prints.
	Log(worker string) string
	// Busy reports whether the worker is running a job now.
	Busy(f api.Fleet, worker string) bool
	// Announce shows the worker an interruption at its metadata endpoint.
	Announce(worker string, at time.Time)
	// Changed is called when processes have come or gone.
	Changed()
	// Forget drops what is kept for a worker that has ended.
	Forget(worker string)
}

// Fleet supervises the workers of one declaration.
type Fleet struct {
	host Host
	log  *slog.Logger
	now  func() time.Time

	mu         sync.Mutex
	spec       api.Fleet
	generation int
	desired    int
	workers    map[string]*worker
	lastNeeded time.Time
	backoff    backoff
	lastError  string
	wake       chan struct{}
}

// worker is one process of the fleet.
type worker struct {
	name        string
	generation  int // of the declaration it was started for
	process     *process.Process
	startedAt   time.Time
	stopping    bool
	interruptAt *time.Time
}

// New makes a fleet that runs nothing until Run.
func New(spec api.Fleet, host Host, log *slog.Logger, now func() time.Time) *Fleet {
	return &Fleet{
		host: host, log: log.With("fleet", spec.Name), now: now,
		spec: spec, desired: spec.MinWorkers, lastNeeded: now(),
		workers: map[string]*worker{}, wake: make(chan struct{}, 1),
	}
}

// Update takes a changed declaration. Workers of the old one are replaced one
// tick later, drained first.
func (f *Fleet) Update(spec api.Fleet) {
	f.mu.Lock()
	if needsRestart(f.spec, spec) {
		f.generation++
		f.backoff = backoff{}
		f.lastError = ""
	}
	f.spec = spec
	f.mu.Unlock()
	f.Wake()
}

// needsRestart tells whether running workers differ from those that spec asks
// for. Their number is not their business.
func needsRestart(old, spec api.Fleet) bool {
	old.MinWorkers, old.MaxWorkers = spec.MinWorkers, spec.MaxWorkers
	old.JobsPerWorker, old.IdleSeconds = spec.JobsPerWorker, spec.IdleSeconds
	return fmt.Sprint(old) != fmt.Sprint(spec)
}

// Wake makes the fleet look at its workers now.
func (f *Fleet) Wake() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run supervises until ctx ends, then drains every worker and returns when
// none is left.
func (f *Fleet) Run(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		f.reconcile(ctx)
		select {
		case <-t.C:
		case <-f.wake:
		case <-ctx.Done():
			f.stopAll()
			return
		}
	}
}

// reconcile brings the number of workers one step nearer to what is wanted.
func (f *Fleet) reconcile(ctx context.Context) {
	f.mu.Lock()
	spec := f.spec
	f.mu.Unlock()
	load, err := f.host.Backlog(ctx, spec.Queue)

	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.desired = Wanted(f.spec, load)
	} else if ctx.Err() == nil {
		// The number stays as it is: nothing is scaled on a guess.
		f.desired = min(max(f.desired, f.spec.MinWorkers), f.spec.MaxWorkers)
		f.log.Warn("reading the backlog", "error", err)
	}
	f.retireOutdated()
	live := f.live()
	if f.desired >= len(live) {
		f.lastNeeded = f.now()
	}
	for range f.desired - len(live) {
		if !f.startOne() {
			return
		}
	}
	f.scaleIn(live)
}

// retireOutdated drains the workers of an older declaration.
func (f *Fleet) retireOutdated() {
	for _, w := range f.live() {
		if w.generation != f.generation {
			f.stopWorker(w)
		}
	}
}

// scaleIn stops the newest idle workers once nobody needed them for
// IdleSeconds. A busy worker is never stopped for being too many.
func (f *Fleet) scaleIn(live []*worker) {
	idle := time.Duration(f.spec.IdleSeconds) * time.Second
	if len(live) <= f.desired || f.now().Sub(f.lastNeeded) < idle {
		return
	}
	extra := len(live) - f.desired
	for _, w := range slices.Backward(live) {
		if extra == 0 {
			return
		}
		if !f.host.Busy(f.spec, w.name) {
			f.stopWorker(w)
			extra--
		}
	}
}

// live lists the workers that count: not stopping, not interrupted, oldest
// first. An interrupted one is replaced before it is gone.
func (f *Fleet) live() []*worker {
	var ws []*worker
	for _, w := range f.workers {
		if !w.stopping && w.interruptAt == nil {
			ws = append(ws, w)
		}
	}
	slices.SortFunc(ws, func(a, b *worker) int { return a.startedAt.Compare(b.startedAt) })
	return ws
}

// startOne starts a worker unless the last ones failed too recently.
func (f *Fleet) startOne() bool {
	if f.now().Before(f.backoff.until) {
		return false
	}
	name, err := f.host.NextName(f.spec.Name)
	if err != nil {
		f.failed("", err)
		return false
	}
	p, err := process.Start(process.Spec{
		Path:        f.host.Program(f.spec),
		Environment: f.host.Environment(f.spec, name),
		Log:         f.host.Log(name),
	})
	if err != nil {
		f.host.Forget(name)
		f.failed(name, err)
		return false
	}
	w := &worker{name: name, generation: f.generation, process: p, startedAt: f.now()}
	f.workers[name] = w
	f.log.Info("worker started", "worker", name, "pid", p.Identity.PID)
	go f.await(w)
	f.host.Changed()
	return true
}

// failed notes a start or an end that went wrong and delays the next start.
func (f *Fleet) failed(name string, err error) {
	f.backoff.grow(f.now())
	f.lastError = strings.TrimSpace(fmt.Sprintf("%s %v", name, err))
	f.log.Error("worker failed", "worker", name, "error", err, "next_start", f.backoff.until)
}

// await takes the worker off the list when it has ended.
func (f *Fleet) await(w *worker) {
	<-w.process.Done()
	f.mu.Lock()
	delete(f.workers, w.name)
	switch err := w.process.Err(); {
	case err != nil && !w.stopping && w.interruptAt == nil:
		if f.now().Sub(w.startedAt) > healthyAfter {
			f.backoff = backoff{}
		}
		f.failed(w.name, fmt.Errorf("ended: %w, see %s", err, f.host.Log(w.name)))
	default:
		f.backoff = backoff{}
		f.log.Info("worker ended", "worker", w.name)
	}
	f.mu.Unlock()
	f.host.Forget(w.name)
	f.host.Changed()
	f.Wake()
}

// stopWorker drains a worker in the background.
func (f *Fleet) stopWorker(w *worker) {
	w.stopping = true
	grace := time.Duration(f.spec.DrainSeconds)*time.Second + killGrace
	f.log.Info("worker stopping", "worker", w.name)
	go w.process.Stop(grace)
}

// stopAll drains every worker and waits until none is left.
func (f *Fleet) stopAll() {
	f.mu.Lock()
	var left []*worker
	for _, w := range f.workers {
		left = append(left, w)
		if !w.stopping {
			f.stopWorker(w)
		}
	}
	f.mu.Unlock()
	for _, w := range left {
		<-w.process.Done()
	}
}

// Interrupt announces to a worker that it ends after notice, and ends it then,
// as a cloud ends a spot machine. It reports whether the fleet has the worker.
func (f *Fleet) Interrupt(name string, notice time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, ok := f.workers[name]
	if !ok {
		return false
	}
	if w.interruptAt != nil {
		return true // the first notice stands
	}
	at := f.now().Add(notice)
	w.interruptAt = &at
	f.host.Announce(name, at)
	f.log.Info("interruption announced", "worker", name, "at", at)
	go func() {
		t := time.NewTimer(notice)
		defer t.Stop()
		select {
		case <-w.process.Done():
		case <-t.C:
			w.process.Kill() // no second warning, as in a cloud
		}
	}()
	f.Wake()
	return true
}

// Sessions identifies the processes that run now.
func (f *Fleet) Sessions() []process.Identity {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []process.Identity
	for _, w := range f.workers {
		ids = append(ids, w.process.Identity)
	}
	return ids
}

// Status describes the fleet.
func (f *Fleet) Status() api.FleetStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := api.FleetStatus{Fleet: f.spec, Desired: f.desired, LastError: f.lastError, Workers: []api.Worker{}}
	for _, w := range f.workers {
		s.Workers = append(s.Workers, api.Worker{
			Name: w.name, PID: w.process.Identity.PID, StartedAt: w.startedAt,
			State: w.state(), Log: f.host.Log(w.name), InterruptAt: w.interruptAt,
		})
	}
	slices.SortFunc(s.Workers, func(a, b api.Worker) int { return a.StartedAt.Compare(b.StartedAt) })
	return s
}

func (w *worker) state() string {
	switch {
	case w.interruptAt != nil:
		return "interrupted"
	case w.stopping:
		return "stopping"
	}
	return "running"
}
