package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// protection is whether the machine is protected, as far as the worker knows.
type protection int

const (
	isUnknown protection = iota // a worker that ended here may have left it on
	isOn
	isOff
)

// guard has the machine's group leave the machine alone while jobs run: it sets
// the protection when a first job has begun, and takes it back when there was
// none for a while. It makes one call at a time, in a goroutine of its own, so
// that no job ever waits for the group; a group that cannot be reached leaves the
// worker unprotected, and working.
//
// The protection is set after a job was received and not before, or every idle
// worker, which always waits for a job, would be protected and no group could
// shrink. A group that takes the machine away in the moment between is caught by
// the notice that it gives: the worker drains and the job is finished, or handed
// back, while the group waits.
type guard struct {
	group *machinegroup.Group // nil: there is none, and nothing is done
	log   *slog.Logger
	now   func() time.Time
	rand  func() float64
	// idle is this worker's protectionIdle.
	idle time.Duration
	// held belongs to keep while that runs.
	held protection
	stop func()
	// began is sent to when a job begins that is the only one.
	began chan struct{}

	mu        sync.Mutex
	jobs      int
	idleSince time.Time
}

func newGuard(c Config) *guard {
	return &guard{
		group: c.Group, log: c.Log, now: c.Now, rand: c.Rand, stop: func() {}, began: make(chan struct{}, 1),
		idle: time.Duration((1 + c.Rand()/2) * float64(protectionIdle)), idleSince: c.Now(),
	}
}

// begin counts a job in. It does not wait.
func (g *guard) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.jobs++; g.jobs == 1 {
		select {
		case g.began <- struct{}{}:
		default:
		}
	}
}

// end counts a job out. It does not wait.
func (g *guard) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.jobs--; g.jobs == 0 {
		g.idleSince = g.now()
	}
}

// idleFor is for how long there has been no job: 0 while there is one.
func (g *guard) idleFor(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.jobs > 0 {
		return 0
	}
	return now.Sub(g.idleSince)
}

// start keeps the protection as it should be until finish is called.
func (g *guard) start() {
	if !g.protects() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { g.keep(ctx) })
	g.stop = func() {
		cancel()
		keeping.Wait()
	}
}

func (g *guard) keep(ctx context.Context) {
	for failures := 0; ; {
		want, rest := g.next()
		if rest > 0 {
			if !g.rest(ctx, rest) {
				return
			}
			continue
		}
		err := g.set(ctx, want, protectionLimit)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err == nil && failures > 0:
			failures = 0
			g.log.Info("the machine's protection can be set again", "group", g.group.Name())
		case err != nil:
			if failures++; failures == 1 {
				g.log.Warn("cannot set the machine's protection, working and trying on", "protect", want == isOn, "error", err)
			}
			pause(ctx, backoff(failures, minProtectionDelay, maxProtectionDelay, g.rand()))
		}
	}
}

// next says how the protection should be, and for how long nothing needs to be
// done about it unless a job begins.
func (g *guard) next() (want protection, rest time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.jobs > 0 && g.held == isOn:
		return isOn, g.idle // no sooner can it be due
	case g.jobs > 0:
		return isOn, 0
	case g.held == isOff:
		return isOff, time.Hour
	}
	return isOff, max(0, g.idleSince.Add(g.idle).Sub(g.now()))
}

// rest waits, but not beyond the beginning of a job, if that changes anything. It
// reports false if ctx ended.
func (g *guard) rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	began := g.began
	if g.held == isOn {
		began = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-began:
	case <-timer.C:
	}
	return true
}

// set sets the protection, or takes it back.
func (g *guard) set(ctx context.Context, want protection, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	change := g.group.Unprotect
	if want == isOn {
		change = g.group.Protect
	}
	g.held = isUnknown // a call that fails may have changed it
	err := change(ctx)
	if err == nil {
		g.held = want
	}
	return err
}

// protects reports whether there is a group that can protect.
func (g *guard) protects() bool { return g.group != nil && g.group.Caps().Protects }

// finish is for a worker that has drained: it takes the protection back and, if
// the group takes the machine away, lets the machine go.
func (g *guard) finish(isTakenAway bool) {
	if g.group == nil {
		return
	}
	g.stop()
	ctx := context.Background()
	if g.protects() && g.held != isOff {
		// The protection of a machine that is not in service is over by itself.
		if err := g.set(ctx, isOff, unprotectLimit); err != nil && machinegroup.KindOf(err) != machinegroup.KindWrongState {
			g.log.Warn("cannot take the machine's protection back", "error", err)
		}
	}
	if !isTakenAway {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leaveLimit)
	defer cancel()
	if err := g.group.Leave(ctx); err != nil {
		g.log.Warn("cannot let the machine go, it goes when its group has waited long enough", "error", err)
		return
	}
	g.log.Info("drained, the group may take the machine away", "group", g.group.Name())
}
