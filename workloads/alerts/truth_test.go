package alerts_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// judged makes a history and judges it.
func judged(t *testing.T, seed uint64, withIncidents bool, rules ...generate.Rule) *alerts.Report {
	t.Helper()
	const days = 90
	list, incidents := generate.Make(generate.Options{Seed: seed, Start: start, Days: days, IncidentsPerWeek: 2.5, Rules: rules})
	var h history.History
	for _, a := range list {
		require.NoError(t, h.Add(a))
	}
	if !withIncidents {
		incidents = nil
	}
	r, err := alerts.Analyze(t.Context(), &h, incidents, alerts.Options{From: start, Until: start.AddDate(0, 0, days)})
	require.NoError(t, err)
	return r
}

func rule(t *testing.T, r *alerts.Report, name string) alerts.Rule {
	t.Helper()
	for _, one := range r.Rules {
		if one.Name == name {
			return one
		}
	}
	require.Fail(t, "no rule", name)
	return alerts.Rule{}
}

// histories is how many each test looks at: fewer where the race detector or a
// hurry makes each dear.
func histories() int {
	if testing.Short() {
		return 40
	}
	return 200
}

// atMost is how often something of a chance of alpha happens in that many
// histories: but for one time in 4000 not more often.
func atMost(alpha float64) int {
	n := float64(histories())
	return int(n*alpha + 3.5*math.Sqrt(n*alpha*(1-alpha)))
}

func TestARandomPagerIsCalledRandom(t *testing.T) {
	t.Parallel()
	// Rates from a few a week to one every two hours, at which a quarter of an
	// hour puts many firings together that only look like flapping.
	for _, perDay := range []float64{0.4, 1.5, 12} {
		told, better, trends, silenced := 0, 0, 0, 0
		for seed := range uint64(histories()) {
			r := judged(t, seed, true, generate.Rule{Name: "random", RandomPerDay: perDay, ActedShare: -1})
			one := rule(t, r, "random")
			require.NotNil(t, one.Chance)
			for _, f := range []struct {
				is bool
				n  *int
			}{{one.Chance.IsTold, &told}, {one.Prediction.IsBetter, &better}, {one.Trend.Direction != "", &trends}, {one.Verdict == alerts.Silence, &silenced}} {
				if f.is {
					*f.n++
				}
			}
		}
		t.Logf("%v a day, %d histories: told from chance %d, better than random %d, trends %d, silenced %d", perDay, histories(), told, better, trends, silenced)
		for what, n := range map[string]int{"told from chance": told, "better than random": better, "trends": trends} {
			assert.LessOrEqual(t, n, atMost(0.05), "%s at %v a day", what, perDay)
		}
		if perDay > 1 {
			assert.GreaterOrEqual(t, silenced, histories()*9/10, "a random pager that fires often is to be silenced")
		}
	}
}

func TestARealPagerIsNotCalledRandom(t *testing.T) {
	t.Parallel()
	better, kept := 0, 0
	for seed := range uint64(histories()) {
		// It announces seven of ten incidents, and as many of its firings again
		// are for nothing.
		r := judged(t, seed, true, generate.Rule{Name: "real", Announces: 0.7, RandomPerDay: 0.25, ActedShare: -1})
		one := rule(t, r, "real")
		if one.Prediction != nil && one.Prediction.IsBetter {
			better++
			assert.Greater(t, one.Prediction.LiftLow, 1.0)
		}
		if one.Verdict == alerts.Keep {
			kept++
		}
	}
	t.Logf("%d histories: better than random %d, kept %d", histories(), better, kept)
	assert.GreaterOrEqual(t, better, histories()*9/10)
	assert.GreaterOrEqual(t, kept, histories()*9/10)
}

func TestPatternsInTimeAreToldFromChance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]generate.Rule{
		"a nightly job": {DailyAt: 3, RandomPerDay: 0.3},
		"one that doubles within two months, in the mean twice a day": {RandomPerDay: 1.2, GrowthPerWeek: 0.09},
	} {
		told, up := 0, 0
		for seed := range uint64(histories()) {
			c.Name, c.ActedShare = "r", -1
			one := rule(t, judged(t, seed, false, c), "r")
			if one.Chance.IsTold {
				told++
			}
			if one.Trend.Direction == "up" {
				up++
			}
		}
		t.Logf("%s, %d histories: told from chance %d, rising %d", name, histories(), told, up)
		if c.GrowthPerWeek > 0 {
			assert.GreaterOrEqual(t, up, histories()*9/10, name)
		} else {
			assert.GreaterOrEqual(t, told, histories()*9/10, name)
		}
	}
}

func TestAMixedTeamGetsItsVerdicts(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for seed := range uint64(histories()) {
		rules := []generate.Rule{
			{Name: "coin", RandomPerDay: 1.5, ActedShare: 0.5},
			{Name: "real", Announces: 0.9, RandomPerDay: 0.1, ActedShare: 0.9},
			{Name: "flapping", RandomPerDay: 0.5, FlapShare: 1, Announces: 0.9, ActedShare: -1},
			{Name: "twice", Announces: 0.9, RandomPerDay: 0.1, DuplicateShare: 0.8, ActedShare: -1},
			{Name: "job", DailyAt: 3, ActedShare: 0.02},
		}
		for i := range 20 {
			rules = append(rules, generate.Rule{Name: fmt.Sprint("noise ", i), RandomPerDay: 0.6, ActedShare: -1})
		}
		r := judged(t, seed, true, rules...)
		for name, want := range map[string]alerts.Verdict{"coin": alerts.Silence, "real": alerts.Keep, "flapping": alerts.Fix, "twice": alerts.Fix, "job": alerts.Silence} {
			if rule(t, r, name).Verdict == want {
				found[name]++
			}
		}
		for i := range 20 { // with more rules, more of chance's findings: the rate is over all of them
			if one := rule(t, r, fmt.Sprint("noise ", i)); one.Prediction != nil && one.Prediction.IsBetter {
				found["noise called real"]++
			}
		}
	}
	t.Logf("of %d histories: %v", histories(), found)
	for _, name := range []string{"coin", "real", "flapping", "twice", "job"} {
		assert.GreaterOrEqual(t, found[name], histories()*9/10, name)
	}
	// Three rules are rightly found, so that a twentieth of wrong findings is
	// three of twenty histories.
	assert.LessOrEqual(t, found["noise called real"], atMost(0.16))
}
