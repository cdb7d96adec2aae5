package demo

import (
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

// alertRule is a rule of the history, and what it was made to be.
type alertRule struct {
	generate.Rule
	made string
}

func alertRules() []alertRule {
	return []alertRule{
		{generate.Rule{Name: "error rate of checkout above 2 %", Announces: .75, RandomPerDay: .15, ActedShare: .8}, "announces three incidents of four, and seldom fires for nothing"},
		{generate.Rule{Name: "queue of orders is old", Announces: .5, RandomPerDay: .2, ActedShare: .6}, "announces every second incident"},
		{generate.Rule{Name: "CPU above 80 %", RandomPerDay: 3, DuplicateShare: .1, ActedShare: .02}, "fires at random, three times a day"},
		{generate.Rule{Name: "disk latency", RandomPerDay: 1.2, FlapShare: .6, ActedShare: .05}, "fires at random and flaps"},
		{generate.Rule{Name: "backup is slow", DailyAt: 3.5, ActedShare: .01}, "fires every night at half past three"},
		{generate.Rule{Name: "cache misses", RandomPerDay: .5, GrowthPerWeek: .04, ActedShare: .03}, "fires at random, and more every week"},
	}
}

// Truth says of each rule of the demo's history what it was made to be.
func Truth() map[string]string {
	made := map[string]string{}
	for _, r := range alertRules() {
		made[r.Name] = r.made
	}
	return made
}

func makeAlerts() ([]history.Alert, []history.Incident) {
	o := generate.Options{Seed: 42, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 240, IncidentsPerWeek: 1.5}
	for _, r := range alertRules() {
		o.Rules = append(o.Rules, r.Rule)
	}
	return generate.Make(o)
}
