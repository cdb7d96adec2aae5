package kmeans

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// clock goes on by a second each time it is read.
func clock() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestKindRunsTheDefaults(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	k := NewKind(KindOptions{Now: clock()})
	assert.Equal(t, "kmeans", k.Name())
	raw, err := k.Run(t.Context(), job.Task{Payload: json.RawMessage(`{}`), Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r))
	assert.Equal(t, []any{100_000, 10, 3, int64(1)}, []any{r.Points, r.Features, r.Clusters, r.Seed})
	assert.True(t, r.Converged)
	assert.InEpsilon(t, 10*100_000, r.Inertia, 0.02)
	assert.Len(t, r.Centers, 3)
	for _, size := range r.Sizes {
		assert.InDelta(t, 100_000/3, size, 100)
	}
	assert.InDelta(t, 1.0, r.Seconds, 1e-9)
	for _, want := range []string{"made points", "iteration=1 ", "converged=true"} {
		assert.Contains(t, log.String(), want)
	}
}

func TestKindStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewKind(KindOptions{}).Run(ctx, job.Task{Payload: json.RawMessage(`{"points":100}`), Log: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, job.IsRejected(err))
}

func TestKindListsAllFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"out of range": {
			`{"points":0,"features":-1,"clusters":0,"blobs":0,"seed":-5,"max_iterations":10001,"tolerance":1.5,"restarts":101}`,
			[]string{"points is 0, want 1..100000000", "features is -1, want 1..1000000", "clusters is 0, want 1..1", "blobs is 0", "seed is -5",
				"max_iterations is 10001, want 1..10000", "tolerance is 1.5, want 0..1", "restarts is 101, want 1..100"},
		},
		"too much memory": {
			`{"points":50000000,"features":400,"clusters":3000,"blobs":5000}`,
			[]string{"points*features is 20000000000, want at most 100000000", "clusters*features is 1200000, want at most 1000000", "blobs*features is 2000000"},
		},
		"overflow":                  {`{"points":9000000000000000000,"features":10}`, []string{"points is 9000000000000000000, want"}},
		"more clusters than points": {`{"points":5,"clusters":6}`, []string{"clusters is 6, want 1..5"}},
		"unknown field":             {`{"k":3}`, []string{`unknown field "k"`}},
		"wrong type":                {`{"points":"many"}`, []string{"decoding payload", "points"}},
		"empty":                     {``, []string{"payload is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := NewKind(KindOptions{})
			err := k.Check(json.RawMessage(c.payload))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			_, err = k.Run(t.Context(), job.Task{Payload: json.RawMessage(c.payload)})
			assert.True(t, job.IsRejected(err), "%v", err)
		})
	}
}
