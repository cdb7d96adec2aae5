package kmeans

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// oneProcess is a grid of workers in this process: each job is run by one of
// them, in no order, and as often as twice.
type oneProcess struct {
	files   *os.Root
	workers []job.Kind
	results map[string]json.RawMessage
	rng     *rand.Rand
	ran     int
	// killAt is the job before which the coordinator is killed; 0 is none.
	killAt int
	kill   context.CancelFunc
}

func newOneProcess(files *os.Root, workers int) *oneProcess {
	g := &oneProcess{files: files, results: map[string]json.RawMessage{}, rng: rand.New(rand.NewPCG(1, 1))}
	for range workers {
		g.workers = append(g.workers, NewChunkKind(KindOptions{Threads: 1}))
	}
	return g
}

func (g *oneProcess) Run(ctx context.Context, jobs []job.Job) ([]json.RawMessage, error) {
	for _, i := range g.rng.Perm(len(jobs)) {
		j := jobs[i]
		if err := errors.Join(j.Check(), g.workers[0].Check(j.Payload)); err != nil {
			return nil, err
		}
		for range 1 + g.rng.IntN(2) {
			if g.results[j.ID] != nil {
				continue
			}
			if g.ran++; g.ran == g.killAt {
				g.kill()
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			worker := g.workers[g.rng.IntN(len(g.workers))]
			r, err := worker.Run(ctx, job.Task{ID: j.ID, Payload: j.Payload, Files: g.files, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				return nil, err
			}
			g.results[j.ID] = r
		}
	}
	results := make([]json.RawMessage, len(jobs))
	for i, j := range jobs {
		results[i] = g.results[j.ID]
	}
	return results, nil
}

// gridFit is a fit of a dataset on a grid.
func gridFit(g *oneProcess, d Dataset, o Options, chunks int) GridFit {
	return GridFit{
		Grid: g, Files: g.files, PointsID: "test", Chunks: chunks, Options: o,
		Points: func(context.Context) (Dataset, error) { return d, nil },
	}
}

// equalModel compares what a grid gave with what one machine did.
func equalModel(t *testing.T, files *os.Root, want Model, got GridResult) {
	t.Helper()
	assert.Equal(t, []any{want.Inertia, want.Iterations, want.Converged, want.Sizes}, []any{got.Inertia, got.Iterations, got.Converged, got.Sizes})
	centers, err := readMatrix(files, got.Centers, len(want.Centers), len(want.Centers[0]))
	require.NoError(t, err)
	assert.Equal(t, slices.Concat(want.Centers...), centers)
	labels, err := (&gridEngine{fit: GridFit{Files: files}, plan: plan{Points: len(want.Labels)}}).readVector(got.Labels)
	require.NoError(t, err)
	require.Len(t, labels, len(want.Labels))
	for i, v := range labels {
		require.EqualValues(t, want.Labels[i], v, "point %d", i)
	}
}

func TestFitOnAGridEqualsTheOneHereBitForBit(t *testing.T) {
	t.Parallel()
	ties := shapes(5)["lattice with ties"]
	for name, c := range map[string]struct {
		d      Dataset
		o      Options
		chunks int
	}{
		"one chunk":      {noise(1, 900, 5), Options{Clusters: 7, Seed: 2, Tolerance: 1e-3}, 1},
		"seven chunks":   {noise(1, 9000, 5), Options{Clusters: 7, Seed: 2, MaxIterations: 8}, 7},
		"restarts":       {noise(1, 900, 3), Options{Clusters: 9, Seed: 2, Restarts: 4, Tolerance: 1e-3}, 3},
		"a point each":   {noise(1, 12, 3), Options{Clusters: 4, Seed: 2}, 12},
		"with ties":      {ties, Options{Clusters: min(20, ties.Points), Seed: 2, Algorithm: Yinyang}, 2},
		"cut off":        {noise(3, 4000, 2), Options{Clusters: 40, Seed: 2, MaxIterations: 6, Algorithm: Lloyd}, 4},
		"empty clusters": {noise(4, 300, 1), Options{Clusters: 4, Centers: [][]float64{{0.5}, {7}, {8}, {9}}}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newOneProcess(files(t), 2)
			here := c.o
			here.Parts = c.chunks
			want := fit(t, c.d, here)
			f := gridFit(g, c.d, c.o, c.chunks)
			got, err := f.Fit(t.Context())
			require.NoError(t, err)
			equalModel(t, g.files, want, got)
			one := fit(t, c.d, c.o).Inertia
			assert.InDelta(t, one, got.Inertia, 1e-9*one, "and up to rounding that of one part")
		})
	}
}

func TestFinishedFitIsNotMadeAgainUnlessForgotten(t *testing.T) {
	t.Parallel()
	g := newOneProcess(files(t), 1)
	f := gridFit(g, noise(1, 50, 2), Options{Clusters: 3, MaxIterations: 2}, 2)
	got, err := f.Fit(t.Context())
	require.NoError(t, err)
	entries, err := fs.ReadDir(g.files.FS(), f.Folder())
	require.NoError(t, err)
	assert.Len(t, entries, 3, "labels, centres and the result: what was for the work is gone")
	ran := g.ran
	again, err := f.Fit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, got, again)
	assert.Equal(t, ran, g.ran)
	require.NoError(t, f.Forget())
	again, err = f.Fit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, got, again)
	assert.Equal(t, 2*ran, g.ran)
}

func TestKilledCoordinatorGoesOnFromTheLastIteration(t *testing.T) {
	t.Parallel()
	d := noise(1, 200, 3)
	o := Options{Clusters: 6, Seed: 2, Restarts: 2, MaxIterations: 4, Parts: 3}
	want := fit(t, d, o)
	o.Parts = 0
	whole := newOneProcess(files(t), 2)
	_, err := gridFit(whole, d, o, 3).Fit(t.Context())
	require.NoError(t, err)
	for killAt := 1; killAt <= whole.ran; killAt += 4 {
		g := newOneProcess(files(t), 2)
		ctx, cancel := context.WithCancel(t.Context())
		g.killAt, g.kill = killAt, cancel
		_, err := gridFit(g, d, o, 3).Fit(ctx)
		require.ErrorIs(t, err, context.Canceled, "killed at job %d", killAt)
		again := gridFit(g, d, o, 3)
		again.Points = func(context.Context) (Dataset, error) { return Dataset{}, errors.New("the points were read again") }
		g.workers = []job.Kind{NewChunkKind(KindOptions{Threads: 1})} // the workers were killed, too
		got, err := again.Fit(t.Context())
		require.NoError(t, err, "killed at job %d", killAt)
		equalModel(t, g.files, want, got)
		assert.LessOrEqual(t, g.ran, whole.ran+1, "nothing that was finished is done again")
	}
}

func TestKilledWhileCuttingBeginsAnew(t *testing.T) {
	t.Parallel()
	g := newOneProcess(files(t), 1)
	ctx, cancel := context.WithCancel(t.Context())
	d := noise(1, 600, 3)
	f := gridFit(g, d, Options{Clusters: 6}, 3)
	f.Points = func(context.Context) (Dataset, error) { cancel(); return d, nil }
	_, err := f.Fit(ctx)
	require.ErrorIs(t, err, context.Canceled)
	f.Points = func(context.Context) (Dataset, error) { return d, nil }
	got, err := f.Fit(t.Context())
	require.NoError(t, err)
	equalModel(t, g.files, fit(t, d, Options{Clusters: 6, Parts: 3}), got)
}

func TestGridFitListsAllFaults(t *testing.T) {
	t.Parallel()
	g := newOneProcess(files(t), 1)
	_, err := gridFit(g, noise(1, 5, 2), Options{Clusters: 6, Restarts: -1}, 7).Fit(t.Context())
	for _, want := range []string{"fitting k-means on the grid: ", "clusters is 6, want 1..5", "restarts is -1", "chunks is 7, want 1..5"} {
		assert.ErrorContains(t, err, want)
	}
}

func TestOtherFitsHaveOtherFolders(t *testing.T) {
	t.Parallel()
	base := GridFit{PointsID: "a", Chunks: 2, Options: Options{Clusters: 3}}
	seen := map[string]string{base.Folder(): "base"}
	for name, change := range map[string]func(*GridFit){
		"points": func(g *GridFit) { g.PointsID = "b" }, "chunks": func(g *GridFit) { g.Chunks++ },
		"clusters": func(g *GridFit) { g.Options.Clusters++ }, "seed": func(g *GridFit) { g.Options.Seed++ },
		"tolerance": func(g *GridFit) { g.Options.Tolerance = 1e-9 }, "algorithm": func(g *GridFit) { g.Options.Algorithm = Lloyd },
		"restarts": func(g *GridFit) { g.Options.Restarts = 2 }, "iterations": func(g *GridFit) { g.Options.MaxIterations = 2 },
	} {
		g := base
		change(&g)
		assert.Empty(t, seen[g.Folder()], name)
		seen[g.Folder()] = name
	}
	threads := base
	threads.Options.Threads = 5
	assert.Equal(t, base.Folder(), threads.Folder(), "what does not change the outcome does not change the fit")
}

func TestChunkKindRemembersItsChunks(t *testing.T) {
	t.Parallel()
	root := files(t)
	d := noise(1, 500, 4)
	require.NoError(t, writeMatrix(root, "f/points-00001.npy", "t", d.Values, 4))
	centers := d.Values[:20]
	for i := range 3 {
		require.NoError(t, writeMatrix(root, fmt.Sprintf("f/s%d.centers.npy", i), "t", centers, 4))
		centers = d.Values[20*i+20:][:20]
	}
	payload := func(step int) string {
		return fmt.Sprintf(`{"folder":"f","chunk":1,"step":"s%d","work":"add_up","clusters":5,"algorithm":"auto"}`, step)
	}
	big, small := NewChunkKind(KindOptions{}), NewChunkKind(KindOptions{CacheBytes: -1})
	for i, step := range []int{0, 2, 1, 1} {
		var kept, fresh ChunkResult
		require.NoError(t, run(t, big, payload(step), job.Task{ID: "a", Files: root}, &kept))
		sums, err := root.ReadFile(kept.Output)
		require.NoError(t, err)
		require.NoError(t, run(t, small, payload(step), job.Task{ID: "b", Files: root}, &fresh))
		assert.Equal(t, i > 0, kept.Remembered)
		assert.False(t, fresh.Remembered)
		assert.Equal(t, fresh.Inertia, kept.Inertia, "what is remembered changes nothing")
		again, err := root.ReadFile(fresh.Output)
		require.NoError(t, err)
		assert.Equal(t, again, sums)
	}
}

func TestChunkOfHugeValuesDoesNoHarm(t *testing.T) {
	t.Parallel()
	root := files(t)
	require.NoError(t, writeMatrix(root, "f/points-00001.npy", "t", []float64{1e308, -1e308, 1e308, 1, 0, 0}, 2))
	require.NoError(t, writeMatrix(root, "f/s.centers.npy", "t", []float64{-1e308, 1e308, -1e308, 0}, 2))
	require.NoError(t, writeMatrix(root, "f/t.centers.npy", "t", []float64{1e308, -1e308, -1e308, 0}, 2))
	for _, algorithm := range []Algorithm{Lloyd, Hamerly, Yinyang} {
		k := NewChunkKind(KindOptions{})
		for _, step := range []string{"s", "t", "s"} {
			var r ChunkResult
			payload := fmt.Sprintf(`{"folder":"f","chunk":1,"step":%q,"work":"label","clusters":2,"algorithm":%q}`, step, algorithm)
			require.NoError(t, run(t, k, payload, job.Task{ID: "j", Files: root}, &r))
			assert.Equal(t, 3, r.Points, "%s, %s", algorithm, step)
		}
	}
}

func TestChunkMemoryIsBounded(t *testing.T) {
	t.Parallel()
	pool := newPool(1)
	part := func() *part { return newPart(noise(1, 100, 2), 3, Lloyd, pool) }
	m := &chunkMemory{maxBytes: 2*part().bytes() + 1}
	a, b, c := chunkKey{file: "a"}, chunkKey{file: "b"}, chunkKey{file: "c"}
	m.put(a, part())
	m.put(b, part())
	m.put(a, part()) // used again
	m.put(c, part())
	assert.Nil(t, m.take(b), "the one not used for longest is gone")
	assert.NotNil(t, m.take(a))
	assert.Nil(t, m.take(a), "it is in use")
	assert.NotNil(t, m.take(c))
	assert.Zero(t, m.bytes)
	m.maxBytes = 10
	m.put(a, part())
	assert.Nil(t, m.take(a), "too large to keep")
}

func TestChunkPayloadListsAllFaults(t *testing.T) {
	t.Parallel()
	k := NewChunkKind(KindOptions{})
	err := k.Check(json.RawMessage(`{"folder":"../x","chunk":0,"step":"a/b","work":"dance","clusters":0,"algorithm":"no"}`))
	for _, want := range []string{`folder is "../x"`, "chunk is 0, want 1..10000", `step is "a/b"`, `work is "dance"`, "clusters is 0", `algorithm is "no"`} {
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, k.Check(json.RawMessage(`{"folder":"x","chunk":1,"step":"a","work":"farthest","clusters":3,"most":7,"algorithm":"auto"}`)), "most is 7, want 1..6")

	root := files(t)
	good := `{"folder":"f","chunk":1,"step":"s","work":"add_up","clusters":5,"algorithm":"auto"}`
	err = run(t, k, good, job.Task{Files: root}, nil)
	require.ErrorContains(t, err, `chunk 1 of "f": points in "f/points-00001.npy"`)
	assert.True(t, job.IsRejected(err))
	require.NoError(t, writeMatrix(root, "f/points-00001.npy", "t", make([]float64, 8), 2))
	require.NoError(t, writeMatrix(root, "f/s.centers.npy", "t", make([]float64, 12), 3))
	err = run(t, k, good, job.Task{Files: root}, nil)
	require.ErrorContains(t, err, "its shape is [4 3], want 2 columns and 5 rows")
	assert.True(t, job.IsRejected(err))
	require.NoError(t, writeMatrix(root, "f/s.centers.npy", "t", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, math.NaN()}, 2))
	err = run(t, k, good, job.Task{Files: root}, nil)
	require.ErrorContains(t, err, "not finite")
	assert.True(t, job.IsRejected(err))
	assert.True(t, job.IsRejected(run(t, k, good, job.Task{}, nil)), "no files")
}
