package onqueue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/kmeans/onqueue"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// grid is a volume on disk and queues in memory, in simulated time.
type grid struct {
	t          *testing.T
	volume     *volume.Volume
	files      *os.Root
	jobs, dead *queue.Queue
	// begun counts the jobs that workers began.
	begun atomic.Int64
	// onBegin, if set, is called when a job begins, with how many did so far.
	onBegin func(n int64)
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	files, err := v.Files()
	require.NoError(t, err)
	t.Cleanup(func() { files.Close() })
	open := func(name string) *queue.Queue {
		return queue.New(memory.New(memory.Options{LeaseSeconds: 30}), queue.Options{Name: name})
	}
	return &grid{t: t, volume: v, files: files, jobs: open("jobs"), dead: open("dead")}
}

// startWorker runs a worker until it is told to stop, which interrupts its jobs.
func (g *grid) startWorker(name string) (stop func()) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	kinds := job.NewKinds(watched{kmeans.NewChunkKind(kmeans.KindOptions{Threads: 1}), g})
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Name: name, Queue: g.jobs, DeadLetter: g.dead, Volume: g.volume, Kinds: kinds, Slots: 2, Rand: func() float64 { return 0.5 },
		})
	}()
	return func() {
		cancel()
		require.NoError(g.t, <-ended)
	}
}

// watched is a kind that tells when a job begins. A second of simulated time
// passes before the work, in which a job can be interrupted.
type watched struct {
	job.Kind
	g *grid
}

func (w watched) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	n := w.g.begun.Add(1)
	if w.g.onBegin != nil {
		w.g.onBegin(n)
	}
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return w.Kind.Run(ctx, task)
}

var points = kmeans.MakeBlobs(kmeans.BlobOptions{Points: 3000, Features: 3, Blobs: 9, Seed: 4})

func (g *grid) fit() kmeans.GridFit {
	return kmeans.GridFit{
		Grid: onqueue.Grid{Queue: g.jobs, Volume: g.volume}, Files: g.files, PointsID: "blobs", Chunks: 4,
		Points:  func(context.Context) (kmeans.Dataset, error) { return points, nil },
		Options: kmeans.Options{Clusters: 12, Seed: 5, MaxIterations: 9, Threads: 1},
	}
}

// here is the same fit on one machine.
func here(t *testing.T) kmeans.Model {
	t.Helper()
	m, err := kmeans.Fit(t.Context(), points, kmeans.Options{Clusters: 12, Seed: 5, MaxIterations: 9, Parts: 4})
	require.NoError(t, err)
	return m
}

func TestFitSurvivesWorkersThatAreKilledAndInterrupted(t *testing.T) {
	t.Parallel()
	want := here(t)
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		stops := make(chan func(), 100)
		// Every fifth job that begins costs its worker its machine: the worker is
		// interrupted, and another takes its place.
		g.onBegin = func(n int64) {
			if n%5 == 0 {
				go func() {
					(<-stops)()
					stops <- g.startWorker(fmt.Sprint("w", n))
				}()
			}
		}
		for i := range 2 {
			stops <- g.startWorker(fmt.Sprint("w", i))
		}
		// Now and then a worker takes jobs and is killed: no one hears of it again,
		// and the jobs come back when their leases end.
		ctx, cancel := context.WithCancel(t.Context())
		stolen, ended := 0, make(chan struct{})
		go func() {
			defer close(ended)
			for ctx.Err() == nil {
				got, _ := g.jobs.Receive(ctx, 2, 10*time.Second)
				stolen += len(got)
				select {
				case <-ctx.Done():
				case <-time.After(time.Minute):
				}
			}
		}()
		got, err := g.fit().Fit(t.Context())
		require.NoError(t, err)
		cancel()
		<-ended
		assert.Positive(t, stolen, "jobs of workers that were killed")
		assert.Greater(t, g.begun.Load(), int64(4*(want.Iterations+1)), "jobs that were interrupted ran again")
		assert.Equal(t, []any{want.Inertia, want.Iterations, want.Sizes}, []any{got.Inertia, got.Iterations, got.Sizes})
		for range 2 {
			(<-stops)()
		}
	})
}

func TestCoordinatorThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	want := here(t)
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		ctx, cancel := context.WithCancel(t.Context())
		g.onBegin = func(n int64) {
			if n == 15 {
				cancel()
			}
		}
		stop := g.startWorker("w")
		_, err := g.fit().Fit(ctx)
		require.ErrorIs(t, err, context.Canceled)
		assert.ErrorContains(t, err, "of 4 jobs")
		time.Sleep(time.Minute) // the grid's jobs end meanwhile
		got, err := g.fit().Fit(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, got.Resumed)
		assert.Equal(t, want.Inertia, got.Inertia)
		assert.EqualValues(t, 4*(want.Iterations+1)+4, g.begun.Load(), "no job ran twice: a step for each iteration, the last inertia and the labels")
		stop()
	})
}

func TestJobsThatAreGivenUpAreNamedAndSentAgainTheNextTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		f := g.fit()
		f.Options.MaxIterations = 1
		var broken string
		g.onBegin = func(n int64) {
			if n == 1 { // a chunk is lost from the volume
				broken = filepath.Join(f.Folder(), "work", "points-00002.npy")
				require.NoError(t, g.files.Rename(broken, "kept.npy"))
			}
		}
		stop := g.startWorker("w")
		_, err := f.Fit(t.Context())
		require.ErrorContains(t, err, "-00002\" was given up after 1 attempts")
		assert.ErrorContains(t, err, `points in "`+broken+`"`)
		require.NoError(t, g.files.Rename("kept.npy", broken))
		_, err = f.Fit(t.Context())
		require.NoError(t, err, "what was mended goes on")
		stop()
	})
}

func TestJobsThatVanishedFromTheQueueAreMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGrid(t)
		go func() {
			for range 4 {
				got, err := g.jobs.Receive(t.Context(), 1, time.Minute)
				if err != nil || len(got) == 0 || g.jobs.Ack(t.Context(), got[0]) != nil {
					return
				}
			}
		}()
		begun := time.Now()
		_, err := g.fit().Fit(t.Context())
		require.ErrorContains(t, err, "4 jobs, of which")
		assert.ErrorContains(t, err, "have no result and are not on the queue")
		assert.InDelta(t, 60, time.Since(begun).Seconds(), 2)
	})
}

func TestErrorsOfTheQueuePassThrough(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	require.NoError(t, g.jobs.Close())
	_, err := g.fit().Fit(t.Context())
	assert.Equal(t, queue.KindClosed, queue.KindOf(err))
	assert.False(t, errors.Is(err, context.Canceled))
}
