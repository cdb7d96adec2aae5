package alerts

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slow tells the time that a set of rules takes by looking at every millisecond.
func slow(n nights, only func(rules map[int]bool) bool) (sum int64) {
	last := int64(0)
	for _, a := range n {
		last = max(last, a.to)
	}
	for at := range last {
		taken := map[int]bool{}
		for _, a := range n {
			if a.from <= at && at < a.to {
				taken[a.rule] = true
			}
		}
		if len(taken) > 0 && only(taken) {
			sum++
		}
	}
	return sum
}

func TestSleepIsCountedOnceAndForWhoAloneTakesIt(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		const rules, lost = 4, 40
		var n nights
		for range 1 + rng.IntN(25) {
			from := rng.Int64N(600)
			// Nights end at each 200, as by the clock.
			n = append(n, awake{from, min(from+lost, from/200*200+200), rng.IntN(rules)})
		}
		slices.SortFunc(n, func(a, b awake) int { return int(a.from - b.from) })
		alone, all := n.alone(rules)
		assert.Equal(t, slow(n, func(map[int]bool) bool { return true }), all)
		for r := range rules {
			assert.Equal(t, slow(n, func(taken map[int]bool) bool { return len(taken) == 1 && taken[r] }), alone[r])
		}
		silent := func(r int) bool { return r < 2 }
		returned := all - n.without(rules, silent)
		assert.Equal(t, slow(n, func(taken map[int]bool) bool { return !taken[2] && !taken[3] }), returned)
	}
}

func TestSleepEndsWithTheNight(t *testing.T) {
	t.Parallel()
	r, err := Analyze(t.Context(), collect(t,
		alert("a", "2026-01-05 22:30:00"), alert("b", "2026-01-05 22:40:00"), // 22:30 to 23:10
		alert("a", "2026-01-06 06:50:00"), alert("a", "2026-01-06 07:00:00"), // ten minutes, and the day has begun
	), nil, Options{Zone: berlin})
	require.NoError(t, err)
	assert.Equal(t, 2, r.Sleep.WakeUps)
	assert.InDelta(t, 50.0/60, r.Sleep.HoursLost, 1e-9)
	hours := map[string]float64{}
	for _, rule := range r.Rules {
		hours[rule.Name] = rule.SleepHours
	}
	assert.InDelta(t, 20.0/60, hours["a"], 1e-9, "before b and in the morning")
	assert.InDelta(t, 10.0/60, hours["b"], 1e-9, "after a")
}
