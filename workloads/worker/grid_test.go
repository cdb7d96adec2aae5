package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// leaseSeconds of the queues in these tests, which run in simulated time.
const leaseSeconds = 30

// grid is a volume on disk and queues in memory, for one simulated test.
type grid struct {
	t          *testing.T
	jobs, dead *queue.Queue
	volume     *volume.Volume
	kinds      job.Kinds
	notices    chan interrupt.Notice
	log        *lockedBuffer
}

// simulate runs a test in simulated time, with a grid.
func simulate(t *testing.T, test func(t *testing.T, g *grid), kinds ...job.Kind) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newGrid(t, memory.New(memory.Options{LeaseSeconds: leaseSeconds}), kinds...))
	})
}

func newGrid(t *testing.T, jobs queue.Driver, kinds ...job.Kind) *grid {
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	return &grid{
		t: t, volume: v, kinds: job.NewKinds(kinds...), notices: make(chan interrupt.Notice), log: &lockedBuffer{},
		jobs: queue.New(jobs, queue.Options{Name: "jobs"}),
		dead: queue.New(memory.New(memory.Options{LeaseSeconds: leaseSeconds}), queue.Options{Name: "dead"}),
	}
}

// start runs a worker. The returned function asks it to stop and waits.
func (g *grid) start(change ...func(*worker.Config)) (stop func() error) {
	g.t.Helper()
	c := worker.Config{
		Name: "w", Queue: g.jobs, DeadLetter: g.dead, Volume: g.volume, Kinds: g.kinds, Slots: 4, DrainSeconds: 5,
		Interrupts: source(g.notices), Log: slog.New(slog.NewTextHandler(g.log, nil)), Now: time.Now,
		Rand: func() float64 { return 1 },
	}
	for _, f := range change {
		f(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx, c) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// send submits a job; limits and attempts may be set by change.
func (g *grid) send(id, kind string, change ...func(*job.Job)) {
	g.t.Helper()
	j := job.Job{Version: job.Version, ID: id, Batch: "b", Kind: kind, Payload: json.RawMessage(`{}`), SubmittedAt: time.Now().UTC()}
	for _, f := range change {
		f(&j)
	}
	body, err := job.Encode(j)
	require.NoError(g.t, err)
	g.sendRaw(id, body)
}

func (g *grid) sendRaw(id string, body []byte) {
	g.t.Helper()
	require.NoError(g.t, g.jobs.Send(g.t.Context(), queue.Message{ID: id, Body: body}))
}

// awaitEmpty waits until the queue holds nothing, and says how long that took.
func (g *grid) awaitEmpty() time.Duration {
	g.t.Helper()
	start := time.Now()
	for time.Since(start) < time.Hour {
		if g.left() == (queue.Stats{}) {
			return time.Since(start)
		}
		time.Sleep(100 * time.Millisecond)
	}
	g.t.Fatalf("jobs are left after an hour: %+v\n%s", g.left(), g.log)
	return 0
}

func (g *grid) left() queue.Stats {
	g.t.Helper()
	stats, err := g.jobs.Stats(g.t.Context())
	require.NoError(g.t, err)
	return stats
}

func (g *grid) result(id string) volume.Record {
	g.t.Helper()
	r, err := g.volume.Result(id)
	require.NoError(g.t, err)
	return r
}

func (g *grid) hasNoResult(id string) {
	g.t.Helper()
	_, err := g.volume.Result(id)
	require.ErrorIs(g.t, err, fs.ErrNotExist)
}

// letters takes all dead letters.
func (g *grid) letters() []job.Job {
	g.t.Helper()
	got, err := g.dead.Receive(g.t.Context(), 100, time.Millisecond)
	require.NoError(g.t, err)
	letters := make([]job.Job, 0, len(got))
	for _, d := range got {
		j, err := job.Decode(d.Body)
		require.NoError(g.t, err)
		letters = append(letters, j)
	}
	return letters
}

func (g *grid) attempts(id string) []job.Attempt {
	g.t.Helper()
	attempts, err := g.volume.Attempts(id)
	require.NoError(g.t, err)
	return attempts
}

func outcomes(attempts []job.Attempt) []job.Outcome {
	var all []job.Outcome
	for _, a := range attempts {
		all = append(all, a.Outcome)
	}
	return all
}

// source hands out the notices that a test makes.
type source chan interrupt.Notice

func (s source) Watch(context.Context) <-chan interrupt.Notice { return s }

// kind is a job kind made of a function.
type kind struct {
	name string
	run  func(ctx context.Context, task job.Task) (json.RawMessage, error)
}

func (k kind) Name() string                { return k.name }
func (k kind) Check(json.RawMessage) error { return nil }
func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	return k.run(ctx, task)
}

// sleeper sleeps for as long as its payload says, such as "3s".
var sleeper = kind{"sleep", func(ctx context.Context, task job.Task) (json.RawMessage, error) {
	var text string
	if err := json.Unmarshal(task.Payload, &text); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return nil, err
	}
	select {
	case <-time.After(d):
		return json.RawMessage(`"slept"`), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}}

func sleeps(d string) func(*job.Job) {
	return func(j *job.Job) { j.Payload = json.RawMessage(`"` + d + `"`) }
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
