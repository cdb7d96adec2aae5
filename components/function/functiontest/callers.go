package functiontest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
)

// sources checks what queues that call the function are: built or refused.
func sources(t *testing.T, d function.Driver, compute componenttest.Compute) {
	c := d.Caps()
	a := Valid(t)
	a.Source = ValidSource(d)
	if !c.Sources {
		refused(t, d, a, "source is given")
		return
	}
	assert.Positive(t, c.MaxBatchSize)
	assert.Positive(t, c.LeaseTimeouts)
	sideBySide(t, d, compute, a)
	least := a.TimeoutSeconds * c.LeaseTimeouts
	for name, tc := range map[string]struct {
		spoil func(a *function.Args, s *function.Source)
		want  []string
	}{
		"a lease that ends while calls are tried again": {
			func(_ *function.Args, s *function.Source) { s.LeaseSeconds = least - 1 },
			[]string{fmt.Sprintf("source.leaseSeconds is %d, want %d or more", least-1, least)},
		},
		"an empty batch":   {func(_ *function.Args, s *function.Source) { s.BatchSize = 0 }, []string{"source.batchSize is 0"}},
		"too big a batch":  {func(_ *function.Args, s *function.Source) { s.BatchSize = c.MaxBatchSize + 1 }, []string{"source.batchSize is"}},
		"one call a time":  {func(_ *function.Args, s *function.Source) { s.Concurrency = 1 }, []string{"source.concurrency is 1, want 2..2"}},
		"too many calls":   {func(_ *function.Args, s *function.Source) { s.Concurrency = 3 }, []string{"source.concurrency is 3, want 2..2"}},
		"too few for them": {func(a *function.Args, _ *function.Source) { a.Concurrency = 1 }, []string{"concurrency is 1, want 2 or more"}},
		"no queue, and no lease and batch either": {
			func(_ *function.Args, s *function.Source) { *s = function.Source{} },
			[]string{"source.queue is not given", "source.leaseSeconds is 0", "source.batchSize is 0", "source.concurrency is 0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := Valid(t)
			a.Source = ValidSource(d)
			tc.spoil(&a, a.Source)
			refused(t, d, a, tc.want...)
		})
	}
	t.Run("the limits themselves are allowed", func(t *testing.T) {
		a := Valid(t)
		a.Concurrency = c.MaxConcurrency
		a.Source = ValidSource(d)
		a.Source.BatchSize, a.Source.Concurrency = c.MaxBatchSize, c.MaxConcurrency
		allowed(t, d, compute, a)
		a.Source = ValidSource(d)
		a.Source.LeaseSeconds, a.Source.BatchSize = least, 1
		allowed(t, d, compute, a)
	})
}

// schedules checks what clocks that call the function are: built or refused.
func schedules(t *testing.T, d function.Driver, compute componenttest.Compute) {
	a := Valid(t)
	a.Schedules = []function.Schedule{{Cron: "30 4 * * 1"}, {Cron: "*/5 * * * *", Payload: `{"jobs":1}`}}
	if !d.Caps().Schedules {
		refused(t, d, a, "schedules are given")
		return
	}
	sideBySide(t, d, compute, a)
	a.Schedules = []function.Schedule{{Cron: "30 4 * *"}, {Cron: "0 0 * * *", Payload: "now"}, {Cron: "0 0 1 * 1"}}
	refused(t, d, a, `schedule is "30 4 * *"`, `payload of schedule "0 0 * * *" is "now", want JSON`, "not both")
}

// rights checks what functions may do beside answering: what the target tells of
// can be had, everything else is refused.
func rights(t *testing.T, d function.Driver, compute componenttest.Compute) {
	a := Valid(t)
	if a.Rights = d.Caps().Rights; len(a.Rights) > 0 {
		sideBySide(t, d, compute, a)
	}
	a.Rights = []function.Right{"rule the world"}
	refused(t, d, a, `right is "rule the world", want one of those that a function can have here`)
}
