package scaler_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

func TestBacklogWakesAFleetAndItDrainsToZero(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 100, 100, 100)
	w.run(30 * time.Minute)
	assert.Zero(t, w.changes(), "nothing happens for nothing")
	w.submit(40, 3*time.Minute)
	submitted := w.now
	for w.targets() == 0 && w.now.Sub(submitted) < time.Hour {
		w.run(step)
	}
	assert.LessOrEqual(t, w.now.Sub(submitted), sampleEvery+sampleLag+2*tickEvery, "two ticks after the count can be seen")
	w.run(2 * time.Minute)
	assert.Equal(t, "[10 0 0]", w.sizes(), "the maximum, all in the first rank")
	w.run(20 * time.Minute)
	assert.Zero(t, len(w.waiting)+w.running, "40 jobs of 3 minutes on 10 machines")
	w.run(10 * time.Minute)
	assert.Equal(t, "[0 0 0]", w.sizes(), "each left when it was idle")
	assert.Zero(t, w.targets())
	changes := w.changes()
	w.run(24 * time.Hour)
	assert.Equal(t, changes, w.changes(), "and then it is quiet")
	assert.Equal(t, 1, changes, "one decision was enough: %v", w.decisions[:40])
}

func TestDroughtInTheFirstRankMovesToTheSecond(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ isListing, restarts bool }{
		"failures are listed":              {true, false},
		"failures are listed, it restarts": {true, true},
		"failures cannot be listed":        {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, two(), 4, 100, 100)
			w.isListing = c.isListing
			w.run(5 * time.Minute)
			w.submit(200, 10*time.Minute)
			for range 12 {
				w.run(time.Minute)
				if c.restarts {
					w.restart()
				}
			}
			assert.Equal(t, "[4 6 0]", w.sizes())
			assert.Equal(t, 4, w.places[0].target, "what never came is not asked for twice")
			w.run(4 * time.Hour)
			assert.Zero(t, len(w.waiting)+w.running)
			assert.Equal(t, "[0 0 0]", w.sizes())
		})
	}
}

func TestDroughtEverywhereIsWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 0, 0, 100)
	w.submit(20, time.Minute)
	w.run(time.Hour)
	assert.Equal(t, "[0 0 0]", w.sizes())
	assert.Equal(t, 10, w.targets(), "they keep trying")
	changes := w.changes()
	w.run(time.Hour)
	assert.Equal(t, changes, w.changes(), "nothing goes to and fro")
	w.places[0].capacity, w.places[1].capacity = 100, 100
	w.run(10 * time.Minute)
	assert.Zero(t, len(w.waiting)+w.running)
}

func TestPreemptionOfAWholeRankIsSurvived(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 100, 100, 100)
	w.submit(100, 10*time.Minute)
	w.run(12 * time.Minute)
	assert.Equal(t, "[10 0 0]", w.sizes())
	w.places[0].capacity = 0
	w.preempt(w.places[0], 10*time.Minute)
	w.run(10 * time.Minute)
	assert.Equal(t, "[0 6 0]", w.sizes(), "as many as the second rank takes")
	assert.Equal(t, 4, w.places[0].target)
	w.places[0].capacity = 100
	w.run(3 * time.Minute)
	assert.Equal(t, "[4 6 0]", w.sizes())
	w.run(3 * time.Hour)
	assert.Zero(t, len(w.waiting)+w.running)
	assert.Zero(t, w.targets())
}

func TestTheMinimumStaysAndNothingGoesToAndFro(t *testing.T) {
	t.Parallel()
	f := two()
	f.Groups[0].MinWorkers = 2
	w := newWorld(t, f, 100, 100, 100)
	w.run(10 * time.Minute)
	assert.Equal(t, "[2 0 0]", w.sizes())
	w.submit(20, 5*time.Minute)
	w.run(time.Hour)
	assert.Zero(t, len(w.waiting)+w.running)
	assert.Equal(t, "[2 0 0]", w.sizes())
	started := w.places[0].started
	w.run(24 * time.Hour)
	assert.Equal(t, "[2 0 0]", w.sizes())
	assert.Equal(t, started, w.places[0].started, "no machine was replaced")
}

func TestTwoThatLeaveTogetherBelowTheMinimumAreReplacedOnce(t *testing.T) {
	t.Parallel()
	f := two()
	f.Groups[0].MinWorkers = 2
	w := newWorld(t, f, 100, 100, 100)
	w.run(10 * time.Minute)
	p := w.places[0]
	p.target, p.machines = 0, nil
	started := p.started
	w.run(24 * time.Hour)
	assert.Equal(t, "[2 0 0]", w.sizes())
	assert.Equal(t, started+2, p.started)
}

func TestMachineThatNeverLeavesIsEndedWhenAllIsQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 100, 100, 100)
	w.run(time.Minute)
	w.submit(4, time.Minute)
	w.run(10 * time.Minute)
	w.places[0].machines = append(w.places[0].machines, &machine{isThere: true, isStuck: true})
	w.places[0].target++
	w.run(10 * time.Minute)
	assert.Equal(t, "[1 0 0]", w.sizes())
	w.run(20 * time.Minute)
	assert.Equal(t, "[0 0 0]", w.sizes())
	last := w.decisions[len(w.decisions)-1]
	assert.Contains(t, last.Why, "no job has waited or run for")
}

func TestMachinesAskedForByHandHaveTimeToGetWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 100, 100, 100)
	w.run(time.Hour)
	w.places[2].target = 3
	w.run(4 * time.Minute)
	assert.Equal(t, "[0 0 3]", w.sizes())
	assert.Zero(t, w.changes())
	w.submit(30, 20*time.Minute)
	w.run(5 * time.Minute)
	assert.Equal(t, 3, w.places[2].up(w.now))
	assert.Equal(t, 7, w.places[0].target, "they count")
}

func TestNothingCountedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 100, 100, 100)
	w.submit(40, time.Hour)
	w.run(10 * time.Minute)
	assert.Equal(t, "[10 0 0]", w.sizes())
	changes := w.changes()
	w.samples = []scaler.Point{}
	for range 30 {
		w.run(time.Minute)
		w.samples = []scaler.Point{} // nobody counts
	}
	assert.Equal(t, "[10 0 0]", w.sizes())
	assert.Equal(t, changes, w.changes())
	last := w.decisions[len(w.decisions)-1]
	assert.Equal(t, -1, last.Jobs)
}

func TestGroupThatGetsMachinesSlowlyIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 1, 100, 100)
	w.isListing = false
	w.submit(200, time.Hour)
	w.run(4 * time.Minute)
	for range 8 {
		w.places[0].capacity++
		w.run(2 * time.Minute)
		assert.Equal(t, 10, w.places[0].target, "it gets machines, if slowly")
	}
	w.run(5 * time.Minute)
	assert.Equal(t, "[9 1 0]", w.sizes(), "then it gets no more")
}

func TestGroupThatWasDryIsNotAskedForMoreForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, two(), 2, 100, 100)
	w.isListing = false
	w.submit(10, time.Hour)
	w.run(10 * time.Minute)
	assert.Equal(t, "[2 3 0]", w.sizes())
	w.places[0].capacity = 100
	w.submit(6, time.Hour)
	w.run(5 * time.Minute)
	assert.Equal(t, "[2 6 0]", w.sizes())
	w.run(10 * time.Minute)
	w.submit(4, time.Hour)
	w.run(5 * time.Minute)
	assert.Equal(t, "[4 6 0]", w.sizes(), "later it is asked again")
}
