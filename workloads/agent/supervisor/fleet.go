// Package supervisor keeps a fleet's worker processes at the number that the
// backlog asks for: it starts, restarts with backoff, drains and interrupts.
package supervisor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

// tick is how often the number of workers is looked at. Half a second is soon
// enough for a person and cheap enough for an idle machine.
const tick = 500 * time.Millisecond

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
