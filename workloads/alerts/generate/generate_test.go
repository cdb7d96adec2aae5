package generate

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func TestHistoriesAreWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 1, Start: start, Days: 1000, IncidentsPerWeek: 3, Rules: []Rule{
		{Name: "random", RandomPerDay: 2, ActedShare: 0.25},
		{Name: "real", Announces: 0.8, ActedShare: -1},
		{Name: "flapping", RandomPerDay: 1, FlapShare: 1, ActedShare: -1},
		{Name: "twice", RandomPerDay: 1, DuplicateShare: 1, ActedShare: -1},
		{Name: "growing", RandomPerDay: 0.1, GrowthPerWeek: 0.02, ActedShare: -1},
		{Name: "job", DailyAt: 3, ActedShare: -1},
	}}
	alerts, incidents := Make(o)
	again, _ := Make(o)
	assert.Equal(t, alerts, again, "one seed, one history")
	assert.InDelta(t, 3.0/7*1000, len(incidents), 3.5*math.Sqrt(430))
	count, acted, early, late := map[string]float64{}, 0.0, 0.0, 0.0
	for i, a := range alerts {
		assert.True(t, i == 0 || alerts[i-1].AtMillis <= a.AtMillis)
		count[a.Rule]++
		if a.Acted == history.ActedYes {
			acted++
		}
		if a.Rule == "growing" {
			if a.AtMillis < start.AddDate(0, 0, 500).UnixMilli() {
				early++
			} else {
				late++
			}
		}
		if hour := time.UnixMilli(a.AtMillis).UTC(); a.Rule == "job" {
			assert.True(t, hour.Hour() == 3 && hour.Minute() < 10 || hour.Hour() == 2 && hour.Minute() >= 50, "%v", hour)
		}
	}
	assert.InDelta(t, 2000, count["random"], 3.5*math.Sqrt(2000))
	assert.InDelta(t, 0.25, acted/count["random"], 0.04)
	assert.InDelta(t, 0.8*float64(len(incidents)), count["real"], 35)
	assert.InDelta(t, 4.5*1000, count["flapping"], 600)
	assert.InDelta(t, 2*1000, count["twice"], 250)
	assert.InDelta(t, 1000, count["job"], 0)
	assert.Greater(t, late, 3*early)
	other := o
	other.Seed = 2
	changed, _ := Make(other)
	assert.NotEqual(t, alerts, changed)
}
