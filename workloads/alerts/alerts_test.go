package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// berlin changes its clocks at 2026-03-29 and 2026-10-25.
var berlin = func() *time.Location {
	zone, err := LoadZone("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, berlin)
	if err != nil {
		panic(err)
	}
	return t
}

func collect(t *testing.T, alerts ...history.Alert) *history.History {
	t.Helper()
	h := &history.History{}
	for _, a := range alerts {
		require.NoError(t, h.Add(a))
	}
	return h
}

func alert(rule, when string) history.Alert {
	return history.Alert{AtMillis: at(when).UnixMilli(), Rule: rule, Key: rule}
}

func TestCountsFollowTheClockOfTheTimeZone(t *testing.T) {
	t.Parallel()
	r, err := Analyze(t.Context(), collect(t,
		alert("a", "2026-03-28 23:30:00"), alert("a", "2026-03-29 01:59:59"), alert("a", "2026-03-29 03:00:00"), // a second later
		alert("a", "2026-03-30 12:00:00"), alert("a", "2026-03-30 12:00:30"), // told twice
	), nil, Options{Zone: berlin})
	require.NoError(t, err)
	assert.Equal(t, []Day{{"2026-03-28", 1, 1}, {"2026-03-29", 1, 1}, {"2026-03-30", 1, 0}}, r.Daily, "the second on the 29th is a second after the first")
	assert.Equal(t, 3, r.Days)
	assert.True(t, at("2026-03-31 00:00:00").Equal(r.Until))
	assert.Equal(t, []int{3, 2}, []int{r.Alerts, r.Duplicates})
	assert.Equal(t, 1, r.ByHour[23].Alerts)
	assert.InDelta(t, 1.0/3, r.ByHour[23].PerHour, 1e-12)
	assert.InDelta(t, 1.0/3, r.ByHour[1].PerHour, 1e-12)
	assert.Zero(t, r.ByHour[2].Alerts)
	assert.InDelta(t, 1.0/23, r.ByWeekday[time.Sunday].PerHour, 1e-12, "that Sunday has 23 hours")
	assert.Equal(t, 1, r.ByWeekHour[time.Monday][12])
	assert.InDelta(t, 3*24.0/71, r.PerDay, 1e-12)
	assert.Equal(t, 2, r.NightAlerts)
}

func TestAlertsAndIncidentsOutsideOfTheTimeAreLeftOut(t *testing.T) {
	t.Parallel()
	incidents := []history.Incident{{AtMillis: at("2026-01-01 00:00:00").UnixMilli()}, {AtMillis: at("2026-01-02 12:00:00").UnixMilli()}}
	o := Options{Zone: berlin, From: at("2026-01-02 00:00:00"), Until: at("2026-01-03 00:00:00")}
	r, err := Analyze(t.Context(), collect(t, alert("a", "2026-01-01 23:59:59"), alert("a", "2026-01-02 00:00:00"), alert("b", "2026-01-03 00:00:00")), incidents, o)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2, 1}, []int{r.Alerts, r.Outside, len(r.Rules)})
	assert.Equal(t, &Incidents{Count: 1, Outside: 1}, r.Incidents)
	o.From, o.Until = at("2025-01-02 00:00:00"), at("2025-01-03 00:00:00")
	_, err = Analyze(t.Context(), collect(t, alert("a", "2026-01-01 23:59:59")), nil, o)
	assert.ErrorIs(t, err, ErrNoAlerts)
	_, err = Analyze(t.Context(), &history.History{}, nil, Options{})
	assert.ErrorIs(t, err, ErrNoAlerts)
	assert.True(t, IsInput(err))
	_, err = Analyze(t.Context(), collect(t, alert("a", "2026-01-01 23:59:59")), nil, Options{Until: at("2025-01-01 00:00:00")})
	assert.ErrorContains(t, err, "until 2025-01-01")
	assert.True(t, IsInput(err))
}

func TestOptionsListTheirFaults(t *testing.T) {
	t.Parallel()
	assert.NoError(t, Options{}.Check())
	var o Options
	require.NoError(t, json.Unmarshal([]byte(`{"horizon_minutes":10081,"late_minutes":-1,"flap_minutes":241,"duplicate_seconds":3601,"night_from_hour":24,"night_to_hour":24,"minutes_lost_per_wake_up":241,"min_firings":9,"false_discovery_rate":0.6,"precision_wanted":2,"acted_wanted":-1,"from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}`), &o))
	err := o.Check()
	for _, want := range []string{"horizon_minutes is 10081, want 1..10080", "late_minutes is -1", "flap_minutes is 241", "duplicate_seconds is 3601", "night_from_hour is 24, want 0..23", "are both 24", "minutes_lost_per_wake_up is 241", "min_firings is 9", "false_discovery_rate is 0.6, want 0.001..0.5", "precision_wanted is 2", "acted_wanted is -1", "want a time before until"} {
		assert.ErrorContains(t, err, want)
	}
	_, err = Analyze(t.Context(), &history.History{}, nil, o)
	assert.ErrorContains(t, err, "judging alerts: horizon_minutes")
	midnight := 0
	assert.NoError(t, Options{NightFromHour: &midnight}.Check(), "hour 0 is an hour")
}

func TestFiringsBecomeEpisodes(t *testing.T) {
	t.Parallel()
	w := significance.Span{From: 0, To: 1000}
	e := episodesOf([]int64{10, 20, 30, 100, 111, 990}, 10, w)
	assert.Equal(t, []int64{10, 100, 111, 990}, e.starts)
	assert.Equal(t, []significance.Span{{From: 10, To: 40}, {From: 100, To: 110}, {From: 111, To: 121}, {From: 990, To: 1000}}, e.dead)
	assert.Equal(t, []int{1, 3}, []int{e.flapping, e.flaps})
	live := 1000.0 - 60
	for i, want := range []float64{10 / live, 70 / live, 71 / live, 940 / live} {
		assert.InDelta(t, want, e.positions(w)[i], 1e-12)
	}
}

func TestRepeatsOfAnAlertAreLeftOut(t *testing.T) {
	t.Parallel()
	times, duplicates := distinct([]history.Firing{{AtMillis: 0, Key: 1}, {AtMillis: 10, Key: 2}, {AtMillis: 40, Key: 1}, {AtMillis: 80, Key: 1}, {AtMillis: 121, Key: 1}}, 40)
	assert.Equal(t, []int64{0, 10, 121}, times, "each repeat is compared with the last")
	assert.Equal(t, 2, duplicates)
}

func TestAMeasureTellsWhatLiesBefore(t *testing.T) {
	t.Parallel()
	m := newMeasure([]significance.Span{{From: 10, To: 20}, {From: 30, To: 31}})
	for at, want := range map[int64]int64{0: 0, 10: 0, 15: 5, 20: 10, 25: 10, 30: 10, 31: 11, 99: 11} {
		assert.Equal(t, want, m.upTo(at), "%d", at)
	}
}

func TestPredictionIsHeldAgainstARandomPager(t *testing.T) {
	t.Parallel()
	var list []history.Alert
	var incidents []history.Incident
	start := at("2026-01-05 00:00:00")
	for i := range 40 { // an alert each 50 hours, half of them 20 minutes before an incident
		when := start.Add(time.Duration(i) * 50 * time.Hour)
		list = append(list, history.Alert{AtMillis: when.UnixMilli(), Rule: "r"})
		if i%2 == 0 {
			incidents = append(incidents, history.Incident{AtMillis: when.Add(20 * time.Minute).UnixMilli()})
		}
	}
	o := Options{Zone: berlin, From: start, Until: start.Add(40 * 50 * time.Hour)}
	r, err := Analyze(t.Context(), collect(t, list...), incidents, o)
	require.NoError(t, err)
	p := r.Rules[0].Prediction
	require.NotNil(t, p)
	assert.Equal(t, []int{20, 40, 20, 20}, []int{p.Precision.Hits, p.Precision.Total, p.Recall.Hits, p.Recall.Total})
	// 20 windows of 75 minutes, the first cut to 35 at the start, less the quarter
	// of an hour after each of the 20 alerts in them, in 2000 hours less 40
	// quarters. A window reaches a millisecond further, to hold its end.
	assert.InDelta(t, (19*75.0+35-20*15)/(2000*60-40*15), p.RandomPrecision, 1e-6)
	assert.InDelta(t, 1-math.Pow(1-75.0/120000, 40), p.RandomRecall, 1e-12)
	assert.InDelta(t, 0.5/p.RandomPrecision, p.Lift, 1e-9)
	assert.True(t, p.IsBetter)
	assert.Equal(t, Keep, r.Rules[0].Verdict)
	assert.Contains(t, r.Rules[0].Reason, "20 of 40 firings announce an incident, 50.0%")
	again, err := Analyze(t.Context(), collect(t, list...), incidents, o)
	require.NoError(t, err)
	assert.Equal(t, r, again, "one seed, one report")
}

func TestAnalysisStopsWhenCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the machine is taken away")
	cancel(cause)
	_, err := Analyze(ctx, collect(t, alert("a", "2026-01-05 22:30:00")), nil, Options{})
	require.ErrorIs(t, err, cause)
	assert.False(t, IsInput(err))
}

func TestAMillionAlertsAreJudgedInSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds; left out by -short")
	}
	for _, rules := range []int{1, 500, history.MaxRules} {
		rng := rand.New(rand.NewPCG(1, 1))
		start := at("2025-01-01 00:00:00").UnixMilli()
		var h history.History
		for i := range 1_000_000 {
			require.NoError(t, h.Add(history.Alert{AtMillis: start + rng.Int64N(365*dayMillis), Rule: fmt.Sprint("rule ", i%rules)}))
		}
		var incidents []history.Incident
		for range 500 {
			incidents = append(incidents, history.Incident{AtMillis: start + rng.Int64N(365*dayMillis)})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		r, err := Analyze(t.Context(), &h, incidents, Options{})
		require.NoError(t, err)
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		assert.Len(t, r.Rules, rules)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30))
		t.Logf("a million alerts of %d rules: %v, %d MiB taken in all", rules, took.Round(10*time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
	}
}
