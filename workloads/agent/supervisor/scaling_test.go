package supervisor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

func TestWanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		min, max, perWorker int
		load                Load
		want                int
	}{
		"no work, no workers":               {0, 5, 4, Load{}, 0},
		"the minimum stays":                 {2, 5, 4, Load{}, 2},
		"one job starts one worker":         {0, 5, 4, Load{Ready: 1}, 1},
		"a full share is one worker":        {0, 5, 4, Load{Ready: 4}, 1},
		"one more job is one more worker":   {0, 5, 4, Load{Ready: 5}, 2},
		"running jobs count too":            {0, 5, 4, Load{Leased: 5}, 2},
		"the last running job keeps one":    {0, 5, 4, Load{Leased: 1}, 1},
		"the maximum caps":                  {0, 5, 4, Load{Ready: 1000}, 5},
		"negative counts are taken for 0":   {0, 5, 4, Load{Ready: -3, Leased: -1}, 0},
		"minimum above what the work needs": {3, 5, 4, Load{Ready: 1}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := api.Fleet{MinWorkers: c.min, MaxWorkers: c.max, JobsPerWorker: c.perWorker}
			assert.Equal(t, c.want, Wanted(f, c.load))
		})
	}
}

func TestBackoffDoublesUpToItsMost(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var b backoff
	var delays []time.Duration
	for range 8 {
		b.grow(now)
		delays = append(delays, b.delay)
		assert.Equal(t, now.Add(b.delay), b.until)
	}
	s := time.Second
	assert.Equal(t, []time.Duration{s / 2, s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s}, delays)
}

func TestOnlyWhatAWorkerSeesRestartsIt(t *testing.T) {
	t.Parallel()
	base := api.Fleet{Name: "spot", BinarySHA256: "a", MaxWorkers: 2, JobsPerWorker: 1, Slots: 1, Environment: map[string]string{"A": "1"}}
	for name, c := range map[string]struct {
		change func(*api.Fleet)
		want   bool
	}{
		"nothing":         {func(*api.Fleet) {}, false},
		"number":          {func(f *api.Fleet) { f.MinWorkers, f.MaxWorkers = 1, 9 }, false},
		"share":           {func(f *api.Fleet) { f.JobsPerWorker = 7 }, false},
		"idle time":       {func(f *api.Fleet) { f.IdleSeconds = 7 }, false},
		"program":         {func(f *api.Fleet) { f.BinarySHA256 = "b" }, true},
		"slots":           {func(f *api.Fleet) { f.Slots = 2 }, true},
		"one environment": {func(f *api.Fleet) { f.Environment = map[string]string{"A": "2"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := base
			c.change(&changed)
			assert.Equal(t, c.want, needsRestart(base, changed))
		})
	}
}
