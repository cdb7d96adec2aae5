package asgfleet_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/fleet"
)

// What the model takes for granted, all on the slow side.
const (
	lateMinutes    = 2             // from a minute's end until its numbers can be read
	activeMinutes  = 6 * 60        // that SQS reports on a queue nobody uses
	dormantMinutes = 15            // until it reports again on one that was not used for longer
	bootMinutes    = 3             // until a machine takes jobs
	inService      = 1             // minutes until a machine counts as in service
	highPeriods    = 3             // minutes above the target until target tracking adds machines
	lowPeriods     = 15            // minutes well below it until it takes some away
	lowShare       = 0.9           // what is well below
	forever        = math.MaxInt32 // minutes
)

// machine is one of the group, in the model's minutes.
type machine struct{ started, busyUntil int }

// settled is an expression in a minute of which all is known that ever will be.
type settled struct {
	expression string
	minute     int
}

// world is a queue, its workers and a group that follows the rules, a minute at
// a time. Busy workers are protected.
type world struct {
	t        *testing.T
	rules    rules
	min, max int
	late     func(metric string, minute int) int // in minutes; more than there are: lost

	now      int
	waiting  []int // how long each job takes, in minutes
	machines []*machine
	wanted   int
	used     int // when the queue was last used
	dormant  int // until when nothing is reported
	samples  []map[string]number
	settled  map[settled]number

	slept []int // when the group was put to sleep
	peak  int
}

func newWorld(t *testing.T, a fleet.Args) *world {
	t.Helper()
	return &world{
		t: t, rules: declare(t, a), min: a.MinWorkers, max: a.MaxWorkers, wanted: a.MinWorkers,
		late: func(string, int) int { return lateMinutes }, settled: map[settled]number{},
	}
}

func (w *world) send(jobs, minutes int) {
	for range jobs {
		w.waiting = append(w.waiting, minutes)
	}
	w.use()
}

func (w *world) use() {
	if w.now-w.used > activeMinutes {
		w.dormant = w.now + dormantMinutes
	}
	w.used = w.now
}

func (w *world) busy() (n int) {
	for _, m := range w.machines {
		if m.busyUntil > w.now {
			n++
		}
	}
	return n
}

// run goes on for so many minutes.
func (w *world) run(minutes int) {
	for range minutes {
		w.work()
		w.sample()
		w.scale()
		w.settle()
		w.peak = max(w.peak, len(w.machines))
		w.now++
	}
}

// until goes on until something holds, and says how many minutes that took.
func (w *world) until(limit int, holds func() bool) int {
	w.t.Helper()
	for n := range limit {
		if holds() {
			return n
		}
		w.run(1)
	}
	require.True(w.t, holds(), "not within %d minutes: %d jobs wait, %d machines, %d wanted", limit, len(w.waiting), len(w.machines), w.wanted)
	return limit
}

// work lets free machines take jobs.
func (w *world) work() {
	for _, m := range w.machines {
		if w.now-m.started < bootMinutes {
			continue
		}
		w.use() // a worker asks for jobs all the time
		if m.busyUntil <= w.now && len(w.waiting) > 0 {
			m.busyUntil, w.waiting = w.now+w.waiting[0], w.waiting[1:]
		}
	}
}

// sample notes what SQS and Auto Scaling would report of this minute.
func (w *world) sample() {
	s := map[string]number{"wanted": some(float64(w.wanted)), "visible": {}, "inFlight": {}}
	n := 0
	for _, m := range w.machines {
		if w.now-m.started >= inService {
			n++
		}
	}
	s["instances"] = some(float64(n))
	if w.now-w.used <= activeMinutes && w.now >= w.dormant {
		s["visible"] = some(float64(len(w.waiting)))
		if busy := w.busy(); busy > 0 {
			s["inFlight"] = some(float64(busy))
		}
	}
	w.samples = append(w.samples, s)
}

// values are an expression's of the last minutes, the newest last, as far as
// they can be read by now.
func (w *world) values(expression string, minutes int) []number {
	var list []number
	for minute := max(0, w.now-minutes); minute < w.now; minute++ {
		list = append(list, w.value(expression, minute))
	}
	return list
}

// value is kept once it does not change any more.
func (w *world) value(expression string, minute int) number {
	key := settled{expression, minute}
	if v, ok := w.settled[key]; ok {
		return v
	}
	readable := map[string]number{}
	for name, v := range w.samples[minute] {
		if minute+w.late(name, minute) > w.now {
			v = number{}
		}
		readable[name] = v
	}
	v := evaluate(w.t, expression, readable)
	if w.now-minute > lateMinutes+1 {
		w.settled[key] = v
	}
	return v
}

// known are the values of the last periods that there are. The evaluation goes
// back further than it has to, by as much as numbers are late.
func (w *world) known(expression string, periods int) []float64 {
	var list []float64
	for _, v := range w.values(expression, periods+lateMinutes) {
		if v.ok {
			list = append(list, v.v)
		}
	}
	return list[max(0, len(list)-periods):]
}

// alarmed is pessimistic about missing values: one that breaches is enough if
// no other says otherwise, unless missing ones are taken for good.
func (w *world) alarmed(a alarm) bool {
	values := w.known(a.expression, a.periods)
	if a.missing == "notBreaching" && len(values) < a.periods {
		return false
	}
	if len(values) == 0 {
		return a.missing == "breaching"
	}
	for _, v := range values {
		if !a.breaches(v) {
			return false
		}
	}
	return true
}

// scale asks all policies; the largest capacity wins.
func (w *world) scale() {
	var proposals []int
	if w.rules.wake.expression != "" && w.alarmed(w.rules.wake) {
		v := w.known(w.rules.wake.expression, 1)
		// Machines that warm up already count as the step's own.
		proposals = append(proposals, max(w.wanted, change(w.t, w.rules.steps, v[0]-w.rules.wake.threshold)))
	}
	sleeps := w.alarmed(w.rules.sleep)
	if sleeps {
		proposals = append(proposals, w.rules.exact)
	}
	if n, ok := w.followed(); ok {
		proposals = append(proposals, n)
	}
	if len(proposals) == 0 {
		return
	}
	best := 0
	for _, p := range proposals {
		best = max(best, p)
	}
	if best = min(max(best, w.min), w.max); sleeps && best == w.min && w.wanted > w.min {
		w.slept = append(w.slept, w.now)
	}
	w.wanted = best
}

// followed is what target tracking wants: it multiplies the machines there are
// by a ratio that is late, so it goes too far, and does nothing without any.
func (w *world) followed() (int, bool) {
	instances := w.samples[w.now]["instances"].v
	all := func(periods int, holds func(float64) bool) bool {
		values := w.known(w.rules.follow, periods)
		for _, v := range values {
			if !holds(v) {
				return false
			}
		}
		return len(values) == periods
	}
	above := all(highPeriods, func(v float64) bool { return v > w.rules.target })
	below := all(lowPeriods, func(v float64) bool { return v < lowShare*w.rules.target })
	if instances == 0 || !above && !below {
		return 0, false
	}
	newest := w.known(w.rules.follow, 1)[0]
	n := int(math.Ceil(instances*newest/w.rules.target - 1e-9))
	if above {
		return max(n, w.wanted), true
	}
	return min(n, w.wanted), true
}

// settle starts machines, and ends idle ones: busy ones are protected.
func (w *world) settle() {
	for len(w.machines) < w.wanted {
		w.machines = append(w.machines, &machine{started: w.now})
	}
	var kept []*machine
	excess := len(w.machines) - w.wanted
	for _, m := range w.machines {
		if excess > 0 && m.busyUntil <= w.now {
			excess--
			continue
		}
		kept = append(kept, m)
	}
	w.machines = kept
}

// quietBefore says that nothing was in the queue that a number could have told
// of when the group was put to sleep.
func (w *world) quietBefore(minute int) bool {
	for m := max(0, minute-w.rules.sleep.periods-lateMinutes); m < minute-lateMinutes; m++ {
		if s := w.samples[m]; s["visible"].v+s["inFlight"].v == 0 {
			return true
		}
	}
	return false
}
