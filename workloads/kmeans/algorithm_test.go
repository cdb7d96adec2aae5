package kmeans

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shapes are datasets of all sorts, each with a number of clusters.
func shapes(seed int64) map[string]Dataset {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	points := func(n, features int, value func() float64) Dataset {
		d := Dataset{Points: n, Features: features, Values: make([]float64, n*features)}
		for i := range d.Values {
			d.Values[i] = value()
		}
		return d
	}
	n, features := 2+rng.IntN(600), 1+rng.IntN(20)
	return map[string]Dataset{
		"blobs":              MakeBlobs(BlobOptions{Points: n, Features: features, Blobs: min(n, 1+rng.IntN(40)), Seed: seed}),
		"noise":              points(n, features, rng.Float64),
		"one feature":        points(n, 1, rng.NormFloat64),
		"lattice with ties":  points(n, 1+rng.IntN(3), func() float64 { return float64(rng.IntN(4)) }),
		"two different ones": points(n, features, func() float64 { return float64(rng.IntN(1 + rng.IntN(2))) }),
		"all the same":       points(n, features, func() float64 { return 0.1 }),
		"far from zero":      points(n, features, func() float64 { return 1e9 + rng.Float64() }),
		"tiny":               points(n, features, func() float64 { return 1e-160 * rng.NormFloat64() }),
		"huge":               points(n, features, func() float64 { return 1e140 * rng.NormFloat64() }),
		"of all sizes":       points(n, features, func() float64 { return math.Exp(40 * rng.NormFloat64()) }),
		"several blocks":     points(3000, 3, rng.Float64),
	}
}

func TestAlgorithmsAgreeBitForBit(t *testing.T) {
	t.Parallel()
	for seed := range int64(5) {
		for name, d := range shapes(seed) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(uint64(seed), 4))
				for _, k := range []int{1, 2, d.Points, 1 + rng.IntN(d.Points), min(d.Points, 130+rng.IntN(200))} {
					if k > 400 {
						k = 400
					}
					o := Options{Clusters: k, Seed: seed, MaxIterations: 25, Parts: 1 + rng.IntN(min(3, d.Points)), Algorithm: Lloyd}
					want := fit(t, d, o)
					for _, o.Algorithm = range []Algorithm{Hamerly, Yinyang, Auto} {
						got := fit(t, d, o)
						got.Algorithm = Lloyd
						require.Equal(t, want, got, "%d points, %d features, k %d", d.Points, d.Features, k)
					}
				}
			})
		}
	}
}

func TestBoundsSpareMostDistances(t *testing.T) {
	t.Parallel()
	d := MakeBlobs(BlobOptions{Points: 20_000, Features: 8, Blobs: 200, Seed: 4})
	computed := func(algorithm Algorithm) int {
		e := here(t, d, Options{Clusters: 200, Algorithm: algorithm})
		centers, next := d.Values[:1600:1600], make([]float64, 1600)
		for i := range 20 {
			_, _, err := step(t.Context(), e, place{1, i}, centers, next, false)
			require.NoError(t, err)
			centers, next = next, make([]float64, 1600)
		}
		sum := 0
		for _, b := range e.parts[0].blocks {
			sum += b.computed
		}
		return sum
	}
	lloyd := computed(Lloyd)
	assert.Equal(t, 20*20_000*200, lloyd)
	assert.Less(t, computed(Hamerly), lloyd/4)
	assert.Less(t, computed(Yinyang), lloyd/4)
}

func TestAutoChoosesByShape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		k, features int
		want        Algorithm
	}{{1, 10, Lloyd}, {3, 10, Hamerly}, {64, 16, Hamerly}, {500, 2, Hamerly}, {500, 16, Yinyang}} {
		assert.Equal(t, c.want, Auto.choose(c.k, c.features), "k %d, %d features", c.k, c.features)
	}
	assert.Equal(t, Yinyang, Yinyang.choose(1, 1), "who asks for one gets it")
	m := fit(t, noise(1, 100, 3), Options{Clusters: 5})
	assert.Equal(t, Hamerly, m.Algorithm, "the model says which it was")
}

func TestGroupsHoldEveryCentreOnce(t *testing.T) {
	t.Parallel()
	for seed := range int64(30) {
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		k, features, size := 1+rng.IntN(300), 1+rng.IntN(5), 1+rng.IntN(40)
		groups := groupCenters(noise(seed, k, features).Values, features, size)
		assert.Len(t, groups, (k+size-1)/size)
		seen := make([]int, k)
		for _, g := range groups {
			assert.LessOrEqual(t, len(g), size)
			for _, c := range g {
				seen[c]++
			}
		}
		for c, times := range seen {
			require.Equal(t, 1, times, "centre %d of %d", c, k)
		}
	}
}

func TestAssemblyGivesTheBitsOfTheLibrary(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(9, 9))
	for range 3000 {
		features, k := 1+rng.IntN(40), 1+rng.IntN(30)
		value := rng.NormFloat64
		if rng.IntN(3) == 0 {
			value = func() float64 { return float64(rng.IntN(3)) } // ties
		}
		point, centers := make([]float64, features), make([]float64, k*features)
		for i := range point {
			point[i] = value()
		}
		for i := range centers {
			centers[i] = value()
		}
		p := newPanels(oneGroup(k), features)
		p.fill(centers)
		want, got := make([]float64, len(p.centers)), make([]float64, len(p.centers))
		plainDistances(want, point, p.values)
		distances(got, point, p.values)
		require.Equal(t, want, got)
		for c := range k {
			require.Equal(t, want[c], squaredDistance(point, row(centers, c, features)))
		}
		var plain, fast batch
		for i := range 1 + rng.IntN(batchPoints) {
			plain.add(rng.IntN(k))
			fast.add(int(plain.indexes[i]))
		}
		plain.indexes[0], fast.indexes[0] = int32(k), int32(k) // the point is behind the centres
		points := append(slices.Clone(centers), point...)
		plainNearestTwo(&plain, points, p.values, features)
		nearestTwo(&fast, points, p.values, features)
		require.Equal(t, plain, fast, "%d features, %d centres", features, k)
		place, least, second := int(plain.places[0]), plain.least[0], plain.second[0]
		require.Equal(t, least, want[place])
		ordered := slices.Sorted(slices.Values(want))
		require.Equal(t, []float64{ordered[0], ordered[1]}, []float64{least, second})
		for c, dist := range want {
			require.True(t, dist > least || dist == least && c >= place, "the first of the nearest")
		}
	}
}

func TestAssemblyAddsRowsAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(10, 9))
	for range 1000 {
		features, k, n := 1+rng.IntN(40), 1+rng.IntN(9), 1+rng.IntN(50)
		points, labels, wanted := noise(rng.Int64(), n, features).Values, make([]int32, n), make([]bool, k)
		for i := range labels {
			labels[i] = int32(rng.IntN(k))
		}
		for c := range wanted {
			wanted[c] = rng.IntN(4) > 0
		}
		want, got := make([]float64, k*features), make([]float64, k*features)
		plainAddRows(want, points, labels, wanted, features)
		addRows(got, points, labels, wanted, features)
		require.Equal(t, want, got, "%d features, %d clusters, %d points", features, k, n)
	}
}

func TestBoundsHoldTheExactDistance(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(11, 11))
	for _, scale := range []float64{1, 1e-155, 1e-162, 1e-170, 1e140} {
		for range 300 {
			features := 1 + rng.IntN(300)
			a, b := make([]float64, features), make([]float64, features)
			exact := new(big.Float).SetPrec(4000)
			for i := range a {
				a[i], b[i] = scale*rng.NormFloat64(), scale*rng.NormFloat64()
				d := new(big.Float).SetPrec(4000).Sub(big.NewFloat(a[i]), big.NewFloat(b[i]))
				exact.Add(exact, d.Mul(d, d))
			}
			exact.Sqrt(exact)
			squared := squaredDistance(a, b)
			assert.Positive(t, big.NewFloat(atMost(squared)).Cmp(exact), "at most, scale %v", scale)
			assert.Negative(t, big.NewFloat(atLeast(squared)).Cmp(exact), "at least, scale %v", scale)
		}
	}
}
