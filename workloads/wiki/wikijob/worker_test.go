package wikijob

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// grid is a queue, its dead letters and a volume for real workers.
type grid struct {
	jobs, dead *queue.Queue
	volume     *volume.Volume
}

func newGrid(t *testing.T) grid {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	open := func(name string) *queue.Queue {
		return queue.New(memory.New(memory.Options{LeaseSeconds: 30}), queue.Options{Name: name})
	}
	return grid{open("jobs"), open("dead"), v}
}

func (g grid) submit(t *testing.T, id, payload string) {
	t.Helper()
	body, err := job.Encode(job.Job{Version: job.Version, ID: id, Kind: KindName, Payload: json.RawMessage(payload), Limits: job.Limits{MaxAttempts: 1}})
	require.NoError(t, err)
	require.NoError(t, g.jobs.Send(t.Context(), queue.Message{ID: id, Body: body}))
}

// work runs a worker until done says so.
func (g grid) work(t *testing.T, k job.Kind, done func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Name: "w", Queue: g.jobs, DeadLetter: g.dead, Volume: g.volume, Kinds: job.NewKinds(k), Slots: 1,
			Interrupts: interrupt.Join(), Log: slog.New(slog.DiscardHandler),
		})
	}()
	require.Eventually(t, done, 30*time.Second, 5*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
}

func TestAnotherWorkerGoesOnWhereOneWasStopped(t *testing.T) {
	t.Parallel()
	w, g := newWorld(t), newGrid(t)
	answers := make([]http.HandlerFunc, 11)
	answers[10] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	w.FailNext(answers...)
	g.submit(t, "j", things(30))
	g.work(t, w.kind, func() bool {
		kept, err := g.volume.LoadCheckpoint("j")
		return err == nil && strings.Contains(string(kept), `"done":10,`)
	})
	g.work(t, w.kind, func() bool {
		stats, err := g.jobs.Stats(t.Context())
		return err == nil && stats == queue.Stats{}
	})
	record, err := g.volume.Result("j")
	require.NoError(t, err)
	var r Result
	require.NoError(t, job.DecodeStrict(record.Result, &r))
	assert.Equal(t, 10, r.Resumed)
	assert.Equal(t, Counts{Found: 30}, r.Counts)
	w.dir = filepath.Join(g.volume.Path(), "files")
	w.checkThings(t, r.Output, 30)
	assert.Equal(t, []string{"j.jsonl"}, w.files(t, "output"))
}
