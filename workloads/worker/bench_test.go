package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// BenchmarkNoop measures jobs that do nothing through a whole worker, and
// beside it the same consumer with no worker around it: fetch and double ack
// with as much concurrency. The two take turns in one run, and "ratio" is the
// worker's rate over the raw one. One op is one round of each.
//
// With the volume on disk every result is synced before its job is
// acknowledged; with the volume in memory what is left is the worker's own
// cost.
func BenchmarkNoop(b *testing.B) {
	b.Run("volume=disk", func(b *testing.B) { benchmarkNoop(b, b.TempDir()) })
	b.Run("volume=memory", func(b *testing.B) {
		dir, err := os.MkdirTemp("/dev/shm", "spotgrid-bench-")
		if err != nil {
			b.Skipf("needs a file system in memory: %v", err)
		}
		b.Cleanup(func() { assert.NoError(b, os.RemoveAll(dir)) })
		benchmarkNoop(b, dir)
	})
}

func benchmarkNoop(b *testing.B, dir string) {
	const slots, round = 64, 10_000
	path := filepath.Join(dir, "grid")
	require.NoError(b, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(b, err)
	server := natstest.Start(b, natstest.Options{})
	_, js := server.Connect(b)
	g := benchGrid{b: b, server: server, js: js, volume: v, slots: slots}
	g.runWorker(round) // both warm up: shard folders, connections
	g.runRaw(round)
	var raw, worked time.Duration
	b.ResetTimer()
	for i := range b.N {
		if i%2 == 0 {
			raw += g.runRaw(round)
			worked += g.runWorker(round)
		} else {
			worked += g.runWorker(round)
			raw += g.runRaw(round)
		}
	}
	jobs := float64(b.N * round)
	b.ReportMetric(jobs/worked.Seconds(), "jobs/s")
	b.ReportMetric(jobs/raw.Seconds(), "raw/s")
	b.ReportMetric(raw.Seconds()/worked.Seconds(), "ratio")
}

type benchGrid struct {
	b      *testing.B
	server *natstest.Server
	js     jetstream.JetStream
	slots  int
	rounds int
	volume *volume.Volume
}

// fill declares an empty queue and sends n jobs to it.
func (g *benchGrid) fill(name string, n int) *queue.Queue {
	require.NoError(g.b, nats.Declare(g.b.Context(), g.js, nats.Spec{Name: name, LeaseSeconds: 60, RetentionHours: 1}))
	d, err := nats.Open(g.b.Context(), g.server.QueueURL(g.b, name))
	require.NoError(g.b, err)
	q := queue.New(d, queue.Options{Name: name})
	g.rounds++
	messages := make([]queue.Message, n)
	for i := range messages {
		id := fmt.Sprintf("job-%d-%d", g.rounds, i)
		body, err := job.Encode(job.Job{Version: job.Version, ID: id, Batch: "bench", Kind: "noop", Payload: json.RawMessage(`{}`), SubmittedAt: time.Now()})
		require.NoError(g.b, err)
		messages[i] = queue.Message{ID: id, Body: body}
	}
	require.NoError(g.b, q.Send(g.b.Context(), messages...))
	return q
}

// runRaw fetches and acknowledges n jobs.
func (g *benchGrid) runRaw(n int) time.Duration {
	g.b.StopTimer()
	q := g.fill("raw", n)
	defer q.Close()
	c, err := g.js.Consumer(g.b.Context(), "raw", "workers")
	require.NoError(g.b, err)
	g.b.StartTimer()
	start := time.Now()
	for left := n; left > 0; {
		batch, err := c.Fetch(min(left, g.slots), jetstream.FetchMaxWait(5*time.Second))
		require.NoError(g.b, err)
		var acks sync.WaitGroup
		for m := range batch.Messages() {
			left--
			acks.Go(func() {
				if err := m.DoubleAck(g.b.Context()); err != nil {
					g.b.Error(err)
				}
			})
		}
		acks.Wait()
		require.NoError(g.b, batch.Error())
	}
	return time.Since(start)
}

// runWorker runs n jobs.
func (g *benchGrid) runWorker(n int) time.Duration {
	g.b.StopTimer()
	dead := g.fill("dead", 0)
	defer dead.Close()
	q := g.fill("jobs", n)
	defer q.Close()
	ctx, cancel := context.WithCancel(g.b.Context())
	left := &countdown{left: n, done: cancel}
	g.b.StartTimer()
	start := time.Now()
	require.NoError(g.b, worker.Run(ctx, worker.Config{
		Name: "bench", Queue: q, DeadLetter: dead, Volume: g.volume, Slots: g.slots, DrainSeconds: 60,
		Kinds: job.NewKinds(left),
	}))
	took := time.Since(start)
	g.b.StopTimer()
	stats, err := q.Stats(g.b.Context())
	require.NoError(g.b, err)
	require.Zero(g.b, stats, "all jobs are acknowledged")
	return took
}

// countdown is a kind that does nothing n times and then says so.
type countdown struct {
	mu   sync.Mutex
	left int
	done func()
}

func (*countdown) Name() string                { return "noop" }
func (*countdown) Check(json.RawMessage) error { return nil }
func (c *countdown) Run(context.Context, job.Task) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		c.done()
	}
	return nil, nil
}
