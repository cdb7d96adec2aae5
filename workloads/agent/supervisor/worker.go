package supervisor

import (
	"fmt"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

// killGrace is what a worker gets beyond its drain before it is killed.
const killGrace = 5 * time.Second

// worker is one process of the fleet.
type worker struct {
	name        string
	generation  int // of the declaration it was started for
	process     *process.Process
	startedAt   time.Time
	stopping    bool
	interruptAt *time.Time
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

func (w *worker) state() string {
	switch {
	case w.interruptAt != nil:
		return "interrupted"
	case w.stopping:
		return "stopping"
	}
	return "running"
}
