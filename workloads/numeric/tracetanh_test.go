package numeric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTraceTanhAddsTheSumOfTheDiagonal(t *testing.T) {
	t.Parallel()
	src := []float64{
		0, 1, 2,
		3, 0.5, 5,
		6, 7, -2,
	}
	before := slices.Clone(src)
	dst := make([]float64, 9)
	trace, err := TraceTanh(dst, src, 3)
	require.NoError(t, err)
	// tanh(0.5) and tanh(2), from a table.
	want := 0.46211715726000975850 - 0.96402758007581688395
	assert.InDelta(t, want, trace, 1e-15)
	for i, v := range before {
		assert.InDelta(t, v+want, dst[i], 1e-14, "element %d", i)
	}
	assert.Equal(t, before, src, "the input is untouched")
}

// TestLargeMatricesAreDoneWhole compares both paths and odd sizes around the
// chunks with the plain definition, bit for bit.
func TestLargeMatricesAreDoneWhole(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 8, 9, 100, 361, 362, 363, 512, 777, 1449} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			src, dst := make([]float64, n*n), make([]float64, n*n)
			for i := range src {
				src[i] = rng.NormFloat64()
			}
			trace, err := TraceTanh(dst, src, n)
			require.NoError(t, err)
			want := 0.0
			for i := range n {
				want += math.Tanh(src[i*n+i])
			}
			assert.Equal(t, want, trace)
			for i, v := range src {
				if dst[i] != v+want {
					t.Fatalf("element %d is %v, want %v", i, dst[i], v+want)
				}
			}
		})
	}
}

func TestManyWorkersDoEachChunkOnce(t *testing.T) {
	t.Parallel()
	for _, values := range []int{1, chunkValues - 1, chunkValues, chunkValues + 1, 5*chunkValues + 3, streamFrom + 5} {
		for _, workers := range []int{1, 2, 16} {
			src, dst := make([]float64, values), make([]float64, values)
			for i := range src {
				src[i] = float64(i)
			}
			addScalarParallel(dst, src, 0.5, workers)
			for i, v := range dst {
				if v != float64(i)+0.5 {
					t.Fatalf("%d values, %d workers: element %d is %v, want %v", values, workers, i, v, float64(i)+0.5)
				}
			}
		}
	}
}

func TestStreamingWritesTheSameAndNothingElse(t *testing.T) {
	t.Parallel()
	const untouched = -1
	for offset := range 3 {
		for length := range 50 {
			src, memory := make([]float64, length+offset), make([]float64, length+offset+8)
			for i := range src {
				src[i] = math.Sqrt(float64(i))
			}
			for i := range memory {
				memory[i] = untouched
			}
			addScalarStreaming(memory[offset:offset+length], src[offset:], math.Pi)
			for i, v := range memory {
				want := float64(untouched)
				if i >= offset && i < offset+length {
					want = src[i] + math.Pi
				}
				if v != want {
					t.Fatalf("%d values at %d: element %d is %v, want %v", length, offset, i, v, want)
				}
			}
		}
	}
}

func TestCallsAtTheSameTimeDoNotMeet(t *testing.T) {
	t.Parallel()
	const n = 400
	var group sync.WaitGroup
	for caller := range 8 {
		group.Go(func() {
			src, dst := make([]float64, n*n), make([]float64, n*n)
			for i := range src {
				src[i] = float64(caller)
			}
			want := float64(caller) + n*math.Tanh(float64(caller))
			for range 5 {
				_, err := TraceTanh(dst, src, n)
				assert.NoError(t, err)
				assert.InEpsilon(t, want+1, dst[0]+1, 1e-12)
				assert.Equal(t, dst[0], dst[n*n-1])
			}
		})
	}
	group.Wait()
}

func TestValuesThatAreNotFiniteFollowIEEE(t *testing.T) {
	t.Parallel()
	inf, nan := math.Inf(1), math.NaN()
	for name, c := range map[string]struct {
		src, want []float64
		trace     float64
	}{
		"infinite diagonal":      {[]float64{inf, 2, 3, -inf}, []float64{inf, 2, 3, -inf}, 0},
		"one infinity":           {[]float64{inf, 2, 3, 0}, []float64{inf, 3, 4, 1}, 1},
		"nan on the diagonal":    {[]float64{nan, 2, inf, 0}, []float64{nan, nan, nan, nan}, nan},
		"nan off it":             {[]float64{0, nan, -inf, 0}, []float64{0, nan, -inf, 0}, 0},
		"huge, without overflow": {[]float64{1e308, 0, 0, -1e308}, []float64{1e308, 0, 0, -1e308}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dst := make([]float64, 4)
			trace, err := TraceTanh(dst, c.src, 2)
			require.NoError(t, err)
			// NaN is not equal to itself.
			assert.Equal(t, fmt.Sprint(c.trace), fmt.Sprint(trace))
			assert.Equal(t, fmt.Sprint(c.want), fmt.Sprint(dst))
		})
	}
}

func TestBadArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	memory := make([]float64, 100)
	for name, c := range map[string]struct {
		dst, src []float64
		n        int
		want     []string
	}{
		"no rows":       {nil, nil, 0, []string{"n is 0, want 1..4194304"}},
		"overflow":      {nil, nil, 1 << 32, []string{"n is 4294967296, want 1.."}},
		"negative":      {nil, nil, -1, []string{"n is -1"}},
		"both lengths":  {memory[:3], memory[50:55], 2, []string{"src has 5 values, want n*n = 4", "dst has 3 values"}},
		"in place":      {memory[:4], memory[:4], 2, []string{"overlap"}},
		"last on first": {memory[3:7], memory[:4], 2, []string{"overlap"}},
		"first on last": {memory[:4], memory[3:7], 2, []string{"overlap"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := TraceTanh(c.dst, c.src, c.n)
			for _, want := range append(c.want, "adding the trace of tanh: ") {
				assert.ErrorContains(t, err, want)
			}
		})
	}
	assert.Equal(t, make([]float64, 100), memory, "nothing is written")
}

func TestNeighboursInMemoryDoNotOverlap(t *testing.T) {
	t.Parallel()
	memory := []float64{1, 2, 3, 4, 0, 0, 0, 0}
	trace, err := TraceTanh(memory[4:], memory[:4], 2)
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 2, 3, 4, 1 + trace, 2 + trace, 3 + trace, 4 + trace}, memory)
}

func TestNothingIsAllocated(t *testing.T) {
	for n, most := range map[int]float64{10: 0, 600: 1} {
		src, dst := make([]float64, n*n), make([]float64, n*n)
		allocations := testing.AllocsPerRun(20, func() {
			if _, err := TraceTanh(dst, src, n); err != nil {
				t.Fatal(err)
			}
		})
		// Collections empty the pool now and then, the race detector often.
		assert.LessOrEqual(t, allocations, most, "n = %d", n)
	}
}

// BenchmarkAddScalar shows from which size on several cores pay.
func BenchmarkAddScalar(b *testing.B) {
	for _, n := range []int{100, 256, 362, 512, 724, 1024, 2000} {
		src, dst := make([]float64, n*n), make([]float64, n*n)
		b.Run(fmt.Sprint(n, "/serial"), func(b *testing.B) {
			for b.Loop() {
				addScalar(dst, src, 1)
			}
		})
		b.Run(fmt.Sprint(n, "/streaming"), func(b *testing.B) {
			for b.Loop() {
				addScalarStreaming(dst, src, 1)
			}
		})
		b.Run(fmt.Sprint(n, "/parallel"), func(b *testing.B) {
			for b.Loop() {
				addScalarParallel(dst, src, 1, 2)
			}
		})
	}
}

func BenchmarkTraceTanh(b *testing.B) {
	for _, n := range []int{10, 100, 2000} {
		src, dst := make([]float64, n*n), make([]float64, n*n)
		for i := range src {
			src[i] = float64(i)/float64(len(src)) - 0.5
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := TraceTanh(dst, src, n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
