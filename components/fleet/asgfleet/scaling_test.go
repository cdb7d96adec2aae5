package asgfleet_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func none(w *world) func() bool { return func() bool { return len(w.machines) == 0 } }

func TestAGroupWakesForOneJobAndSleepsAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, valid())
	w.run(30)
	assert.Empty(t, w.machines, "nothing to do")
	w.send(1, 5)
	woken := w.until(10, func() bool { return w.wanted > 0 })
	assert.LessOrEqual(t, woken, lateMinutes+2, "minutes until a machine is wanted")
	w.until(10, func() bool { return w.busy() > 0 })
	w.run(5)
	assert.Empty(t, w.waiting)
	slept := w.until(30, none(w))
	assert.LessOrEqual(t, slept, w.rules.sleep.periods+2*lateMinutes+1, "minutes until it is gone")
	assert.Equal(t, 1, w.peak)
}

func TestAQueueThatHasSleptWakesTheGroupALittleLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, valid())
	w.run(activeMinutes + 60)
	w.send(1, 5)
	assert.LessOrEqual(t, w.until(30, func() bool { return w.wanted > 0 }), dormantMinutes+lateMinutes+2)
}

func TestABacklogIsMetWithWhatItNeedsInAFewMinutes(t *testing.T) {
	t.Parallel()
	a := valid()
	a.MaxWorkers, a.JobsPerWorker = 200, 4
	w := newWorld(t, a)
	w.run(20)
	w.send(600, 30) // 150 machines' worth
	assert.LessOrEqual(t, w.until(10, func() bool { return w.wanted >= 128 }), lateMinutes+2, "most of them at once")
	assert.LessOrEqual(t, w.until(20, func() bool { return w.wanted >= 150 }), highPeriods+2*lateMinutes+2, "the rest by following")
	w.until(24*60, func() bool { return len(w.waiting) == 0 && w.busy() == 0 })
	w.until(60, none(w))
}

func TestABacklogThatGrowsIsFollowedUpToTheMostMachines(t *testing.T) {
	t.Parallel()
	a := valid()
	a.MaxWorkers, a.JobsPerWorker = 20, 2
	w := newWorld(t, a)
	for range 60 {
		w.send(2, 15)
		w.run(1)
	}
	assert.Equal(t, 20, w.wanted, "30 machines' worth comes in")
	w.until(24*60, none(w))
	assert.Equal(t, 20, w.peak)
}

func TestALongJobKeepsItsMachineHoweverQuietTheQueueIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, valid())
	w.send(1, 20*60)
	w.until(15, func() bool { return w.busy() == 1 })
	for range 19 * 60 {
		w.run(1)
		require.Equal(t, 1, w.wanted, "minute %d", w.now)
	}
	w.until(120, none(w))
	assert.Len(t, w.slept, 1)
}

func TestAFleetWithALeastNumberNeverGoesBelowIt(t *testing.T) {
	t.Parallel()
	a := valid()
	a.MinWorkers, a.MaxWorkers = 2, 10
	w := newWorld(t, a)
	w.run(10)
	w.send(40, 10)
	w.until(30, func() bool { return w.wanted > 5 })
	w.until(300, func() bool { return w.wanted == 2 })
	w.run(activeMinutes)
	assert.Len(t, w.machines, 2)
}

func TestSilenceIsNotQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, valid())
	w.run(activeMinutes + 60)
	w.wanted = 3 // somebody knows of work to come
	for range bootMinutes + dormantMinutes {
		w.run(1)
		require.Equal(t, 3, w.wanted, "SQS says nothing yet")
	}
	w.until(30, none(w))
	assert.Len(t, w.slept, 1)
}

func TestIdleSecondsAreHonoured(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int]int{0: 5, 60: 5, 300: 5, 301: 6, 900: 15, 24 * 3600: 1440} {
		a := valid()
		a.IdleSeconds = seconds
		assert.Equal(t, want, declare(t, a).sleep.periods, "minutes for %d seconds", seconds)
	}
}

func TestNumbersThatAreLateOrLostNeverPutABusyGroupToSleep(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 1))
		a := valid()
		a.MaxWorkers, a.JobsPerWorker, a.IdleSeconds = 1+random.IntN(20), 1+random.IntN(8), random.IntN(600)
		w := newWorld(t, a)
		w.late = unreliable(seed)
		for range 60 {
			w.send(random.IntN(20)*random.IntN(2), 1+random.IntN(40))
			w.run(1 + random.IntN(60))
			assert.LessOrEqual(t, len(w.machines), a.MaxWorkers)
		}
		for _, minute := range w.slept {
			assert.True(t, w.quietBefore(minute), "seed %d, minute %d", seed, minute)
		}
		w.until(10*24*60, func() bool { return len(w.waiting) == 0 })
		w.until(120, none(w))
	}
}

// unreliable makes the number of messages in flight a minute later than the
// rest, and loses one number in a hundred.
func unreliable(seed uint64) func(string, int) int {
	return func(name string, minute int) int {
		sum := seed
		for _, c := range name {
			sum += uint64(c)
		}
		switch {
		case rand.New(rand.NewPCG(sum, uint64(minute))).IntN(100) == 0:
			return forever
		case name == "inFlight":
			return lateMinutes + 1
		}
		return lateMinutes
	}
}
