// Package generate makes histories of alerts whose truth is known, to try on
// them what judges histories: pagers that fire at random, that announce
// incidents, that flap, repeat themselves, or become more.
package generate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

// Rule says how a rule behaves. Its parts add up.
type Rule struct {
	Name string
	// RandomPerDay is the rate at which it fires for no reason: a Poisson process.
	RandomPerDay float64
	// GrowthPerWeek is by what share that rate grows each week; 0: not at all.
	GrowthPerWeek float64
	// DailyAt is the hour in UTC, 0..24, around which it fires each day, give or
	// take ten minutes, as for a job that runs then; 0: never.
	DailyAt float64
	// Announces is the share of incidents before which it fires, 0..1, up to 40
	// minutes ahead.
	Announces float64
	// FlapShare is the share of firings that come and go three to six times,
	// three to ten minutes apart.
	FlapShare float64
	// DuplicateShare is the share of firings that are told again within a minute.
	DuplicateShare float64
	// ActedShare is the share of alerts that somebody acts on; below 0: the
	// source does not tell.
	ActedShare float64
}

// Options say what to make.
type Options struct {
	// Seed of all randomness.
	Seed uint64
	// Start of the history; Days it lasts, at least 1.
	Start time.Time
	Days  int
	// IncidentsPerWeek is the rate of incidents: a Poisson process.
	IncidentsPerWeek float64
	Rules            []Rule
}

// Make makes a history, in order of time, and the incidents in it. A rule does
// the same whatever other rules there are.
func Make(o Options) ([]history.Alert, []history.Incident) {
	m := maker{start: o.Start.UnixMilli(), millis: int64(o.Days) * dayMillis}
	m.rng = rand.New(rand.NewPCG(o.Seed, 0))
	var incidents []history.Incident
	for _, at := range m.poisson(o.IncidentsPerWeek/7, 0) {
		incidents = append(incidents, history.Incident{AtMillis: at, Title: "incident"})
	}
	var alerts []history.Alert
	for i, r := range o.Rules {
		m.rng = rand.New(rand.NewPCG(o.Seed, uint64(i)+1))
		alerts = append(alerts, m.alerts(r, incidents)...)
	}
	slices.SortStableFunc(alerts, func(a, b history.Alert) int { return cmp.Compare(a.AtMillis, b.AtMillis) })
	return alerts, incidents
}

const (
	dayMillis    = 24 * 60 * 60 * 1000
	minuteMillis = 60 * 1000
)

// maker draws times in one stretch of time.
type maker struct {
	rng           *rand.Rand
	start, millis int64
}

// poisson draws the times of a Poisson process whose rate grows by a share each
// week: of those of the highest rate it keeps as many as the rate then has.
func (m maker) poisson(perDay, growthPerWeek float64) []int64 {
	if perDay <= 0 {
		return nil
	}
	weeks := float64(m.millis) / (7 * dayMillis)
	most := perDay * math.Max(1, math.Pow(1+growthPerWeek, weeks))
	var times []int64
	for at := 0.0; ; {
		at += m.rng.ExpFloat64() / most * dayMillis
		if at >= float64(m.millis) {
			return times
		}
		if rate := perDay * math.Pow(1+growthPerWeek, at/(7*dayMillis)); m.rng.Float64()*most < rate {
			times = append(times, m.start+int64(at))
		}
	}
}

// alerts are all of a rule, in no order.
func (m maker) alerts(r Rule, incidents []history.Incident) []history.Alert {
	firings := m.poisson(r.RandomPerDay, r.GrowthPerWeek)
	for _, i := range incidents {
		if m.rng.Float64() < r.Announces {
			firings = append(firings, i.AtMillis-m.rng.Int64N(40*minuteMillis))
		}
	}
	if r.DailyAt > 0 {
		for day := int64(0); day*dayMillis < m.millis; day++ {
			off := int64(r.DailyAt*60*minuteMillis) + m.rng.Int64N(20*minuteMillis) - 10*minuteMillis
			firings = append(firings, m.start+day*dayMillis+off)
		}
	}
	var out []history.Alert
	for _, at := range firings {
		out = m.fire(out, r, at)
	}
	return slices.DeleteFunc(out, func(a history.Alert) bool { return a.AtMillis < m.start || a.AtMillis >= m.start+m.millis })
}

// fire appends a firing and what comes with it.
func (m maker) fire(out []history.Alert, r Rule, at int64) []history.Alert {
	flaps := 1
	if m.rng.Float64() < r.FlapShare {
		flaps = 3 + m.rng.IntN(4)
	}
	for range flaps {
		a := history.Alert{AtMillis: at, Rule: r.Name, Key: r.Name}
		if r.ActedShare >= 0 {
			a.Acted = history.ActedNo
			if m.rng.Float64() < r.ActedShare {
				a.Acted = history.ActedYes
			}
		}
		out = append(out, a)
		if m.rng.Float64() < r.DuplicateShare {
			a.AtMillis += m.rng.Int64N(minuteMillis)
			out = append(out, a)
		}
		at += (3 + m.rng.Int64N(7)) * minuteMillis
	}
	return out
}
