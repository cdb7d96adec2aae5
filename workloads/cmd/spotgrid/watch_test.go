package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// late is a queue whose counts are minutes old, or none.
type late struct {
	queue.Driver
	uncounted bool
}

func (l late) Caps() queue.Caps {
	c := l.Driver.Caps()
	c.StatsLag = 5 * time.Minute
	return c
}

func (l late) Stats(ctx context.Context) (queue.Stats, error) {
	if l.uncounted {
		return queue.Stats{}, &queue.Error{Kind: queue.KindUncounted, Err: context.DeadlineExceeded}
	}
	return l.Driver.Stats(ctx)
}

func (l late) Kind(err error) queue.Kind {
	if k := queue.KindOf(err); k != queue.KindUnknown {
		return k
	}
	return l.Driver.Kind(err)
}

// watching is a watcher of a batch of one job, on queues that are empty.
func watching(t *testing.T, jobs queue.Driver) (*watcher, *bytes.Buffer) {
	t.Helper()
	path := t.TempDir() + "/grid"
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	require.NoError(t, v.WriteBatch("b", time.Now(), []job.Job{{Version: job.Version, ID: "b-1", Batch: "b", Kind: "command", Payload: json.RawMessage(`{"argv":["true"]}`)}}))
	p, err := loadProgress(v, "b")
	require.NoError(t, err)
	var problems bytes.Buffer
	return &watcher{p: p, problems: &problems, open: &session{
		grid: stack.Grid{Target: targetGCP}, volume: v,
		jobs: queue.New(jobs, queue.Options{Name: "jobs"}), dead: queue.New(memory.New(memory.Options{LeaseSeconds: 60}), queue.Options{Name: "dead"}),
	}}, &problems
}

func newMemory() queue.Driver { return memory.New(memory.Options{LeaseSeconds: 60}) }

const cutOff = "1 job of the batch are not on the queue: the submission was cut off"

func TestJobsAreMissedOnlyWhenCountsAreNewEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, problems := watching(t, late{Driver: newMemory()})
		start := time.Now()
		for _, after := range []time.Duration{0, 5 * time.Second, 4*time.Minute + 59*time.Second} {
			w.explain(t.Context(), start.Add(after))
		}
		assert.Equal(t, "\nspotgrid: waiting: no job is counted on the queue, but its counts may be 5 minutes old\n", problems.String(), "said once")
		w.explain(t.Context(), start.Add(5*time.Minute))
		assert.Contains(t, problems.String(), cutOff)
	})
}

func TestJobsAreMissedAtOnceWhereCountsAreNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, problems := watching(t, newMemory())
		w.explain(t.Context(), time.Now())
		assert.Contains(t, problems.String(), cutOff)
	})
}

func TestJobsThatNobodyCountsAreNotMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, problems := watching(t, late{Driver: newMemory(), uncounted: true})
		w.explain(t.Context(), time.Now())
		w.explain(t.Context(), time.Now().Add(time.Hour))
		assert.Empty(t, problems.String())
	})
}

func TestAJobThatTheQueueGaveUpIsFoundWhenCountsAreNewEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, problems := watching(t, late{Driver: newMemory()})
		body, err := job.Encode(w.p.jobs[0])
		require.NoError(t, err)
		require.NoError(t, w.open.dead.Send(t.Context(), queue.Message{ID: "b-1", Body: body}))
		w.explain(t.Context(), time.Now())
		assert.Zero(t, w.p.dead)
		w.explain(t.Context(), time.Now().Add(5*time.Minute))
		assert.Equal(t, 1, w.p.dead)
		assert.NotContains(t, problems.String(), cutOff)
	})
}

func TestAQueueIsSurelyEmptyAfterItsLag(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	type look struct {
		after time.Duration
		stats queue.Stats
	}
	none, waiting, held := queue.Stats{}, queue.Stats{Ready: 1}, queue.Stats{Leased: 1}
	for name, c := range map[string]struct {
		late  time.Duration
		looks []look
		sure  bool
	}{
		"counts are new":               {0, []look{{0, none}}, true},
		"there are some":               {0, []look{{0, waiting}}, false},
		"some are held":                {0, []look{{0, held}}, false},
		"counts may be old":            {time.Minute, []look{{0, none}, {59 * time.Second, none}}, false},
		"no count can be old":          {time.Minute, []look{{0, none}, {time.Minute, none}}, true},
		"there were some in between":   {time.Minute, []look{{0, none}, {30 * time.Second, held}, {time.Minute, none}}, false},
		"and then none for long again": {time.Minute, []look{{0, none}, {30 * time.Second, held}, {time.Minute, none}, {2 * time.Minute, none}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e emptiness
			var sure bool
			for _, l := range c.looks {
				sure = e.sure(l.stats, c.late, start.Add(l.after))
			}
			assert.Equal(t, c.sure, sure)
		})
	}
}
