package scaler_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// Timings of the simulated cloud, in the order of the real one's.
const (
	step        = 5 * time.Second
	tickEvery   = time.Minute
	bootTakes   = 40 * time.Second
	sampleEvery = time.Minute
	sampleLag   = 2 * time.Minute
	idleLimit   = 5 * time.Minute
)

// machine of a simulated group.
type machine struct {
	isThere  bool // else it is only asked for
	upAt     time.Time
	busyTill time.Time // zero: idle
	idleFrom time.Time
	isStuck  bool // it never leaves
}

// place is a simulated group.
type place struct {
	scaler.Group
	target   int
	machines []*machine
	// capacity is how many machines there may be.
	capacity int
	failures []time.Time
	started  int // machines ever
}

// world is a simulated cloud with one fleet: a queue whose jobs are counted late,
// groups, machines that take jobs and leave when they are idle.
type world struct {
	scaler.Cloud
	t       *testing.T
	fleet   scaler.Fleet
	now     time.Time
	scaler  *scaler.Scaler
	waiting []time.Duration // the jobs, by how long they take
	running int
	samples []scaler.Point
	places  []*place
	// isListing: failures can be listed.
	isListing bool
	decisions []scaler.Decision
}

func newWorld(t *testing.T, f scaler.Fleet, capacities ...int) *world {
	w := &world{t: t, fleet: f, now: now, isListing: true}
	for i, g := range f.Groups {
		w.places = append(w.places, &place{Group: g, capacity: capacities[i]})
	}
	w.restart()
	return w
}

// restart is what happens to a function between two calls.
func (w *world) restart() {
	w.scaler = scaler.New(scaler.Config{Fleets: []scaler.Fleet{w.fleet}}, w, nil, func() time.Time { return w.now })
}

func (w *world) place(url string) *place {
	return w.places[slices.IndexFunc(w.places, func(p *place) bool { return p.URL == url })]
}

func (w *world) Backlog(_ context.Context, _ string, since time.Time) (seen []scaler.Point, _ error) {
	for _, s := range w.samples {
		if s.At.After(since) && !s.At.Add(sampleLag).After(w.now) {
			seen = append(seen, s)
		}
	}
	return seen, nil
}

func (w *world) Size(_ context.Context, url string) (scaler.Size, error) {
	p := w.place(url)
	return scaler.Size{Target: p.target, Running: p.up(w.now)}, nil
}

func (p *place) up(now time.Time) (n int) {
	for _, m := range p.machines {
		if m.isThere && !m.upAt.After(now) {
			n++
		}
	}
	return n
}

func (w *world) Failures(_ context.Context, url string, since time.Time) (first, last time.Time, err error) {
	if !w.isListing {
		return first, last, errAway
	}
	for _, at := range w.place(url).failures {
		if at.After(since) {
			if first.IsZero() {
				first = at
			}
			last = at
		}
	}
	return first, last, nil
}

func (w *world) Resize(_ context.Context, url string, size int) error {
	p := w.place(url)
	for n := len(p.machines); n > size; n-- {
		if i := slices.IndexFunc(p.machines, func(m *machine) bool { return !m.isThere }); i >= 0 {
			p.machines = slices.Delete(p.machines, i, i+1)
			continue
		}
		require.True(w.t, p.machines[0].busyTill.IsZero(), "%s: a busy machine is taken away", w.now)
		p.machines = p.machines[1:]
	}
	p.target = size
	return nil
}

func (w *world) Cancel(_ context.Context, url string, count int) (taken int, _ error) {
	p := w.place(url)
	p.machines = slices.DeleteFunc(p.machines, func(m *machine) bool {
		if m.isThere || taken == count {
			return false
		}
		taken++
		return true
	})
	p.target -= taken
	return taken, nil
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	for end := w.now.Add(d); w.now.Before(end); w.now = w.now.Add(step) {
		for _, p := range w.places {
			w.live(p)
		}
		if w.now.Sub(now)%sampleEvery == 0 {
			w.samples = append(w.samples, scaler.Point{At: w.now, Jobs: len(w.waiting) + w.running})
		}
		if w.now.Sub(now)%tickEvery == tickEvery/2 {
			d, err := w.scaler.Tick(w.t.Context())
			if w.isListing {
				require.NoError(w.t, err)
			}
			w.decisions = append(w.decisions, d...)
		}
		require.LessOrEqual(w.t, w.targets(), w.fleet.MaxWorkers, "%s: %v", w.now, w.decisions)
	}
}

// live is one step of a group and its machines.
func (w *world) live(p *place) {
	for len(p.machines) < p.target {
		p.machines = append(p.machines, &machine{})
	}
	for _, m := range slices.Clone(p.machines) {
		switch {
		case !m.isThere:
			w.start(p, m)
		case m.upAt.After(w.now):
		case !m.busyTill.IsZero() && !m.busyTill.After(w.now):
			m.busyTill, m.idleFrom = time.Time{}, w.now
			w.running--
			w.work(p, m)
		case m.busyTill.IsZero():
			w.work(p, m)
		}
	}
}

// start makes a machine if there is capacity; once a minute the group says that
// there is none.
func (w *world) start(p *place, m *machine) {
	there := 0
	for _, other := range p.machines {
		if other.isThere {
			there++
		}
	}
	if there < p.capacity {
		m.isThere, m.upAt, m.idleFrom = true, w.now.Add(bootTakes), w.now.Add(bootTakes)
		p.started++
	} else if w.now.Sub(now)%time.Minute == 0 {
		p.failures = append(p.failures, w.now)
	}
}

// work has a machine take a job, or leave when it has been idle for long enough.
func (w *world) work(p *place, m *machine) {
	if len(w.waiting) > 0 && !m.isStuck {
		m.busyTill = w.now.Add(w.waiting[0])
		w.waiting = w.waiting[1:]
		w.running++
		return
	}
	if w.now.Sub(m.idleFrom) >= idleLimit && !m.isStuck && (p.MinWorkers == 0 || p.target > p.MinWorkers) {
		p.target--
		p.machines = slices.DeleteFunc(p.machines, func(other *machine) bool { return other == m })
	}
}

// preempt takes all machines of a group; their jobs wait again.
func (w *world) preempt(p *place, again time.Duration) {
	for _, m := range p.machines {
		if !m.busyTill.IsZero() {
			w.running--
			w.waiting = append(w.waiting, again)
		}
		*m = machine{}
	}
}

func (w *world) submit(jobs int, each time.Duration) {
	for range jobs {
		w.waiting = append(w.waiting, each)
	}
}

func (w *world) targets() (n int) {
	for _, p := range w.places {
		n += p.target
	}
	return n
}

// sizes are the machines that are up, by group.
func (w *world) sizes() string {
	var all []int
	for _, p := range w.places {
		all = append(all, p.up(w.now))
	}
	return fmt.Sprint(all)
}

// changes counts those of all decisions.
func (w *world) changes() (n int) {
	for _, d := range w.decisions {
		n += len(d.Changes)
	}
	return n
}
