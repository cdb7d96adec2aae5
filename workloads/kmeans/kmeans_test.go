package kmeans

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func fit(t *testing.T, d Dataset, o Options) Model {
	t.Helper()
	m, err := Fit(t.Context(), d, o)
	require.NoError(t, err)
	return m
}

// grid is a dataset of the given rows.
func grid(rows ...[]float64) Dataset {
	return Dataset{Points: len(rows), Features: len(rows[0]), Values: slices.Concat(rows...)}
}

// noise is a dataset without any clusters in it.
func noise(seed int64, points, features int) Dataset {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	d := Dataset{Points: points, Features: features, Values: make([]float64, points*features)}
	for i := range d.Values {
		d.Values[i] = rng.Float64()
	}
	return d
}

func TestFitFindsTheCentresOfSeparatedBlobs(t *testing.T) {
	t.Parallel()
	for _, blobs := range []int{2, 3, 5, 8} {
		t.Run(fmt.Sprint(blobs, " blobs"), func(t *testing.T) {
			t.Parallel()
			d := MakeBlobs(BlobOptions{Points: 4000, Features: 10, Blobs: blobs, Seed: 7})
			m := fit(t, d, Options{Clusters: blobs, Seed: 3, Tolerance: DefaultTolerance})
			assert.True(t, m.Converged)
			for b, want := range d.TrueCenters {
				dist := math.Inf(1)
				for _, center := range m.Centers {
					dist = min(dist, squaredDistance(want, center))
				}
				assert.Less(t, math.Sqrt(dist), 0.35, "distance of true centre %d to the nearest one found", b)
			}
			// In d dimensions unit blobs have an inertia of about d a point.
			assert.InEpsilon(t, 10*4000, m.Inertia, 0.05)
			for _, size := range m.Sizes {
				assert.InDelta(t, 4000/blobs, size, 40)
			}
		})
	}
}

func TestInertiaNeverRises(t *testing.T) {
	t.Parallel()
	for seed := range int64(60) {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		d := noise(seed, 2+rng.IntN(400), 1+rng.IntN(9))
		last := math.Inf(1)
		m := fit(t, d, Options{
			Clusters: 1 + rng.IntN(min(d.Points, 20)), Seed: seed,
			Progress: func(p Progress) {
				assert.LessOrEqual(t, p.Inertia, last*(1+1e-12), "seed %d, iteration %d", seed, p.Iteration)
				last = p.Inertia
			},
		})
		assert.LessOrEqual(t, m.Inertia, last*(1+1e-12), "seed %d, the end", seed)
		require.True(t, m.Converged, "seed %d", seed)
	}
}

func TestThreadsDoNotChangeTheOutcome(t *testing.T) {
	t.Parallel()
	d := noise(5, 9000, 7)
	o := Options{Clusters: 12, Seed: 11, Restarts: 2, Threads: 1}
	want := fit(t, d, o)
	for threads := 2; threads <= 4; threads++ {
		o.Threads = threads
		assert.Equal(t, want, fit(t, d, o), "%d threads", threads)
	}
	o.Seed = 12
	assert.NotEqual(t, want.Centers, fit(t, d, o).Centers, "another seed")
}

func TestOneClusterIsTheMean(t *testing.T) {
	t.Parallel()
	m := fit(t, grid([]float64{0, 10}, []float64{2, 20}, []float64{4, 60}), Options{Clusters: 1})
	assert.Equal(t, [][]float64{{2, 30}}, m.Centers)
	assert.Equal(t, []int{3}, m.Sizes)
	assert.InDelta(t, 4+400+0+100+4+900, m.Inertia, 1e-9)
}

func TestAsManyClustersAsPoints(t *testing.T) {
	t.Parallel()
	m := fit(t, noise(3, 40, 3), Options{Clusters: 40, Seed: 1})
	assert.Zero(t, m.Inertia)
	assert.Equal(t, slices.Repeat([]int{1}, 40), m.Sizes)
	assert.Len(t, m.Labels, 40)
}

func TestDuplicatePoints(t *testing.T) {
	t.Parallel()
	a, b := []float64{1, 1}, []float64{5, 5}
	m := fit(t, grid(a, a, a, b, b), Options{Clusters: 4, Seed: 1})
	assert.Zero(t, m.Inertia)
	assert.ElementsMatch(t, []int{3, 2, 0, 0}, m.Sizes)
	assert.True(t, m.Converged)
	for _, c := range m.Centers {
		assert.Contains(t, [][]float64{a, b}, c)
	}
}

// here is the engine of a dataset, with a thread.
func here(t *testing.T, d Dataset, o Options) *local {
	t.Helper()
	o = o.withDefaults()
	o.Algorithm = o.Algorithm.choose(o.Clusters, d.Features)
	pool := newPool(o.Threads)
	t.Cleanup(pool.close)
	return newLocal(d, o, pool)
}

func TestEmptyClusterTakesTheFarthestPoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d             Dataset
		centers, want []float64
		counts        []int
	}{
		"one":                                    {grid([]float64{0}, []float64{1}, []float64{2}, []float64{30}), []float64{1, 1000}, []float64{1, 30}, []int{3, 1}},
		"several, and never a cluster's last":    {grid([]float64{0}, []float64{10}, []float64{100}), []float64{5, 1e6, 1e7}, []float64{10, 100, 0}, []int{1, 1, 1}},
		"the last of a cluster is passed over":   {grid([]float64{0}, []float64{3}, []float64{50}), []float64{1, 40, 1e6}, []float64{0, 50, 3}, []int{1, 1, 1}},
		"all points lie on centres: it is empty": {grid([]float64{5}, []float64{5}), []float64{5, 7}, []float64{5, 7}, []int{2, 0}},
	} {
		for _, parts := range []int{1, 2} {
			t.Run(fmt.Sprint(name, ", parts ", parts), func(t *testing.T) {
				t.Parallel()
				next := make([]float64, len(c.centers))
				p, _, err := step(t.Context(), here(t, c.d, Options{Clusters: len(c.centers), Parts: parts}), place{1, 0}, c.centers, next, true)
				require.NoError(t, err)
				assert.Equal(t, c.want, next)
				assert.Equal(t, c.counts, p.counts)
			})
		}
	}
}

func TestAssignmentAgainstBruteForce(t *testing.T) {
	t.Parallel()
	for seed := range int64(20) {
		d := noise(seed, 300, 1+int(seed)) // 1..20 features: every remainder of the unrolling
		m := fit(t, d, Options{Clusters: 6, Seed: seed, MaxIterations: 3})
		inertia, sizes := 0.0, make([]int, 6)
		for i := range d.Points {
			best, least := 0, math.Inf(1)
			for c, center := range m.Centers {
				sum := 0.0
				for f := range center {
					sum += math.Pow(d.Row(i)[f]-center[f], 2)
				}
				if sum < least {
					best, least = c, sum
				}
			}
			assert.EqualValues(t, best, m.Labels[i], "seed %d, point %d", seed, i)
			inertia += least
			sizes[best]++
		}
		assert.InEpsilon(t, inertia, m.Inertia, 1e-12, "seed %d", seed)
		assert.Equal(t, sizes, m.Sizes, "seed %d", seed)
	}
}

func TestRestartsKeepTheBest(t *testing.T) {
	t.Parallel()
	d := noise(9, 500, 2)
	best := math.Inf(1)
	m := fit(t, d, Options{Clusters: 15, Seed: 4, Restarts: 8, Progress: func(p Progress) { best = min(best, p.Inertia) }})
	assert.LessOrEqual(t, m.Inertia, best)
	assert.Less(t, m.Inertia, fit(t, d, Options{Clusters: 15, Seed: 4}).Inertia)
}

func TestMaxIterationsIsNotConverged(t *testing.T) {
	t.Parallel()
	m := fit(t, noise(2, 2000, 2), Options{Clusters: 30, Seed: 1, MaxIterations: 2})
	assert.False(t, m.Converged)
	assert.Equal(t, 2, m.Iterations)
}

func TestFitStopsWhenCanceled(t *testing.T) {
	t.Parallel()
	cause := errors.New("the machine is taken away")
	ctx, cancel := context.WithCancelCause(t.Context())
	iterations := 0
	_, err := Fit(ctx, noise(2, 5000, 2), Options{Clusters: 50, Seed: 1, Progress: func(Progress) {
		if iterations++; iterations == 2 {
			cancel(cause)
		}
	}})
	require.ErrorIs(t, err, cause)
	assert.Equal(t, "fitting k-means: restart 1: after 2 iterations: the machine is taken away", err.Error())
	assert.Equal(t, 2, iterations)

	_, err = Fit(ctx, noise(2, 50, 2), Options{Clusters: 5})
	assert.EqualError(t, err, "fitting k-means: measuring the spread of the points: the machine is taken away")
	for threads := 1; threads <= 2; threads++ {
		pool := newPool(threads)
		_, err = newWhole(noise(2, 50, 2), 5, pool).seed(ctx, rand.New(rand.NewPCG(1, 1)))
		assert.EqualError(t, err, "seeding centre 2 of 5: the machine is taken away")
		_, err = newPart(noise(2, 50, 2), 5, Hamerly, pool).assign(ctx, make([]float64, 10), false)
		assert.ErrorIs(t, err, cause)
		pool.close()
	}
}

func TestFitListsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := Fit(t.Context(), Dataset{Points: 3, Features: 2, Values: make([]float64, 5)},
		Options{
			Clusters: 4, MaxIterations: -1, Tolerance: math.NaN(), Restarts: -1, Threads: -1, Parts: 4, InertiaEvery: -1,
			Algorithm: "elkan", Centers: [][]float64{{1, 2}, {1}, {math.NaN(), 1}},
		})
	for _, want := range []string{
		"3 points, 2 features and 5 values", "clusters is 4, want 1..3", "max iterations is -1",
		"tolerance is NaN", "restarts is -1", "threads is -1", "parts is 4, want 1..3", "inertia every is -1",
		`algorithm is "elkan", want one of auto, lloyd, hamerly, yinyang`, "centers are 3, want 4",
		"center 1 has 1 values, want 2 finite ones", "center 2 has",
	} {
		assert.ErrorContains(t, err, want)
	}
	for _, v := range []float64{math.NaN(), math.Inf(-1), 1e200} {
		_, err = Fit(t.Context(), grid([]float64{v}, []float64{1}), Options{Clusters: 1})
		assert.ErrorContains(t, err, "not finite", "%v", v)
	}
}

func TestMakeBlobs(t *testing.T) {
	t.Parallel()
	o := BlobOptions{Points: 9001, Features: 4, Blobs: 3, Seed: 5}
	d := MakeBlobs(o)
	assert.Equal(t, d, MakeBlobs(o), "one seed, one dataset")
	o.Seed++
	assert.NotEqual(t, d.Values, MakeBlobs(o).Values, "another seed")
	require.Len(t, d.Values, 9001*4)
	for b, center := range d.TrueCenters {
		for f, v := range center {
			assert.LessOrEqual(t, math.Abs(v), 10.0)
			sum, squares, n := 0.0, 0.0, 0.0
			for i := b; i < d.Points; i += 3 {
				off := d.Row(i)[f] - v
				sum, squares, n = sum+off, squares+off*off, n+1
			}
			assert.InDelta(t, 0, sum/n, 0.1, "mean of blob %d, feature %d", b, f)
			assert.InDelta(t, 1, squares/n, 0.1, "variance of blob %d, feature %d", b, f)
		}
	}
}

func TestIterationsDoNotAllocate(t *testing.T) {
	d := noise(1, 5000, 10)
	for _, algorithm := range []Algorithm{Lloyd, Hamerly, Yinyang} {
		for threads := 1; threads <= 2; threads++ {
			e := here(t, d, Options{Clusters: 8, Algorithm: algorithm, Threads: threads})
			centers, next := slices.Clone(d.Values[:80]), make([]float64, 80)
			iterate := func() {
				_, _, err := step(t.Context(), e, place{1, 0}, centers, next, true)
				require.NoError(t, err)
				centers, next = next, centers
			}
			iterate()
			assert.Zero(t, testing.AllocsPerRun(20, iterate), "%s, %d threads", algorithm, threads)
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, c := range []struct{ points, features, clusters int }{{100_000, 10, 3}, {200_000, 16, 64}, {20_000, 64, 256}} {
		d := MakeBlobs(BlobOptions{Points: c.points, Features: c.features, Blobs: c.clusters, Seed: 1})
		var centers [][]float64
		for i := range c.clusters {
			centers = append(centers, d.Row(i*i%c.points))
		}
		for _, algorithm := range Algorithms {
			b.Run(fmt.Sprintf("%dx%d,k=%d/%s", c.points, c.features, c.clusters, algorithm), func(b *testing.B) {
				iterations := 0
				for b.Loop() {
					m, err := Fit(b.Context(), d, Options{Clusters: c.clusters, Centers: centers, MaxIterations: 50, Algorithm: algorithm})
					require.NoError(b, err)
					iterations = m.Iterations
				}
				b.ReportMetric(float64(iterations), "iterations")
			})
		}
	}
}
