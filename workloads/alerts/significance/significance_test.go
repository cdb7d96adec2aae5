package significance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestRunsTestAgainstEveryOrder(t *testing.T) {
	t.Parallel()
	// All 924 orders of six values above and six below: the p-value of each
	// number of runs is counted, not computed.
	byRuns := map[int]int{}
	p := map[int]float64{}
	total := 0
	for bits := range 1 << 12 {
		values := make([]float64, 12)
		above, runs := 0, 1
		for i := range values {
			values[i] = float64(bits >> i & 1)
			above += bits >> i & 1
			if i > 0 && values[i] != values[i-1] {
				runs++
			}
		}
		if above != 6 {
			continue
		}
		total++
		byRuns[runs]++
		got, ok := RunsTest(values)
		assert.True(t, ok)
		p[runs] = got
	}
	assert.Equal(t, 924, total)
	for runs, got := range p {
		lower, upper := 0, 0
		for r, n := range byRuns {
			if r <= runs {
				lower += n
			}
			if r >= runs {
				upper += n
			}
		}
		assert.InDelta(t, math.Min(1, 2*float64(min(lower, upper))/924), got, 1e-9, "%d runs", runs)
	}
}

func TestTooFewOrEqualValuesAreNotTested(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]float64{"none": nil, "few": {1, 2, 3}, "equal": make([]float64, 50)} {
		_, ok := RunsTest(values)
		assert.False(t, ok, "runs of %s", name)
	}
	_, _, ok := DispersionTest(make([]float64, 9))
	assert.False(t, ok)
	_, _, ok = TrendTest(make([]float64, 7))
	assert.False(t, ok)
	_, ok = UniformityTest([]int{4, 4}, []float64{1, 1})
	assert.False(t, ok)
	p, slope, ok := TrendTest(make([]float64, 20))
	assert.Equal(t, []any{1.0, 0.0, true}, []any{p, slope, ok}, "equal values have no trend")
}

// Values from scipy 1.x: chi2 and hand computation beside each.
func TestChiSquareTestsGiveKnownValues(t *testing.T) {
	t.Parallel()
	// Counts 8, 2 of ten events in two cells: (9+9)/5 = 3.6 with one degree of
	// freedom, upper tail 0.057780.
	positions := append(slices.Repeat([]float64{0.1}, 8), 0.7, 0.99999)
	p, index, ok := DispersionTest(positions)
	assert.True(t, ok)
	assert.InDelta(t, 3.6, index, 1e-12)
	assert.InDelta(t, 2*0.0577795, p, 1e-6)
	// Exposure 3:1 and counts 15:15: expected 22.5 and 7.5, sum 10, upper tail
	// 0.0015654.
	p, ok = UniformityTest([]int{15, 15}, []float64{3, 1})
	assert.True(t, ok)
	assert.InDelta(t, 0.0015654, p, 1e-6)
}

func TestTrendTestGivesKnownValues(t *testing.T) {
	t.Parallel()
	// Ten rising values: score 45, variance 10*9*25/18 = 125, z = 44/sqrt(125).
	values := make([]float64, 10)
	for i := range values {
		values[i] = float64(3 * i)
	}
	p, slope, ok := TrendTest(values)
	assert.True(t, ok)
	assert.InDelta(t, 3, slope, 1e-12)
	assert.InDelta(t, 2*distuv.UnitNormal.Survival(44/math.Sqrt(125)), p, 1e-12)
	slices.Reverse(values)
	_, slope, _ = TrendTest(values)
	assert.InDelta(t, -3, slope, 1e-12)
	// Ties: five zeros, then five ones. Score 25, variance (2250-2*300)/18.
	p, _, _ = TrendTest([]float64{0, 0, 0, 0, 0, 1, 1, 1, 1, 1})
	assert.InDelta(t, 2*distuv.UnitNormal.Survival(24/math.Sqrt(1650.0/18)), p, 1e-12)
}

func TestWilsonGivesKnownValues(t *testing.T) {
	t.Parallel()
	// Newcombe, "Two-sided confidence intervals for the single proportion",
	// Statist. Med. 17 (1998), table I, method 3.
	for _, c := range []struct {
		hits, total int
		low, high   float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		w := Wilson(c.hits, c.total, 0.95)
		assert.InDelta(t, c.low, w.Low, 5e-5, "%d of %d", c.hits, c.total)
		assert.InDelta(t, c.high, w.High, 5e-5, "%d of %d", c.hits, c.total)
	}
	assert.Equal(t, Proportion{High: 1}, Wilson(0, 0, 0.95))
	assert.InDelta(t, 1, Wilson(7, 7, 0.95).High, 0)
}

func TestBenjaminiHochbergGivesKnownValues(t *testing.T) {
	t.Parallel()
	// p.adjust(c(.01,.04,.03,.5), "BH") of R: 0.04, 0.05333, 0.05333, 0.5.
	got := BenjaminiHochberg([]float64{0.01, math.NaN(), 0.04, 0.03, 0.5})
	assert.True(t, math.IsNaN(got[1]))
	for i, want := range map[int]float64{0: 0.04, 2: 0.16 / 3, 3: 0.16 / 3, 4: 0.5} {
		assert.InDelta(t, want, got[i], 1e-12, "place %d", i)
	}
	assert.InDelta(t, 0.03, Bonferroni(0.5, 0.01, 1), 1e-12)
	assert.InDelta(t, 1, Bonferroni(0.5, 0.6), 0)
	assert.True(t, math.IsNaN(Bonferroni()))
}

func TestSpansAreUnitedAndTimesInThemCounted(t *testing.T) {
	t.Parallel()
	u := Union([]Span{{0, 10}, {5, 12}, {12, 13}, {20, 30}, {22, 25}})
	assert.Equal(t, []Span{{0, 13}, {20, 30}}, u)
	assert.EqualValues(t, 23, Coverage(u))
	assert.Equal(t, 3, Inside([]int64{-1, 0, 12, 13, 19, 29, 30}, u))
}

func TestTurnedTimesAreCountedAsIfTheyStoodThere(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	window := Span{100, 1100}
	for range 300 {
		times, turned := make([]int64, rng.IntN(50)), []int64{}
		by := rng.Int64N(1000)
		for i := range times {
			times[i] = window.From + rng.Int64N(1000)
			turned = append(turned, window.From+(times[i]-window.From+by)%1000)
		}
		slices.Sort(times)
		slices.Sort(turned)
		spans := []Span{}
		for at := window.From + rng.Int64N(50); at < window.To; at += 1 + rng.Int64N(300) {
			spans = append(spans, Span{at, min(at+1+rng.Int64N(200), window.To)})
		}
		spans = Union(spans)
		assert.Equal(t, Inside(turned, spans), insideTurned(times, spans, window, by))
	}
}

func TestTheShiftTestFindsWhatBelongsTogether(t *testing.T) {
	t.Parallel()
	var times []int64
	var spans []Span
	for i := range int64(30) {
		times = append(times, i*1000+500)
		spans = append(spans, Span{i*1000 + 400 + i*7, i*1000 + 600 + i*7})
	}
	window := Span{0, 30_000}
	p := ShiftTest(times[:15], spans, window, 999, rand.New(rand.NewPCG(1, 1)))
	assert.InDelta(t, 0.1, p, 0.09, "15 of 15 hits, which a tenth of all shifts give too")
	spans = spans[:5]
	assert.InDelta(t, 1, ShiftTest([]int64{20_000}, spans, window, 999, rand.New(rand.NewPCG(1, 1))), 1e-9, "no hit")
	assert.InDelta(t, 1, ShiftTest(nil, spans, window, 999, nil), 0)
	var apart []Span // where no shift gives all of them
	for i := range int64(15) {
		apart = append(apart, Span{i*i*97 + 40, i*i*97 + 60})
	}
	times = times[:0]
	for _, s := range apart {
		times = append(times, s.From+10)
	}
	assert.InDelta(t, 0.001, ShiftTest(times, apart, window, 999, rand.New(rand.NewPCG(1, 1))), 0.002)
}

// TestFalseAlarmsKeepTheirRate runs each test on data with nothing to see: it
// may cry wolf as often as it says, and not rarely or often enough to be wrong.
func TestFalseAlarmsKeepTheirRate(t *testing.T) {
	t.Parallel()
	const histories, alpha = 1000, 0.05
	rng := rand.New(rand.NewPCG(7, 7))
	found := map[string]int{}
	for range histories {
		positions := make([]float64, 120)
		for i := range positions {
			positions[i] = rng.Float64()
		}
		slices.Sort(positions)
		gaps := make([]float64, 119)
		hours := make([]int, 24)
		weeks := make([]float64, 20)
		for i, u := range positions {
			if i > 0 {
				gaps[i-1] = u - positions[i-1]
			}
			hours[int(u*24*90)%24]++
			weeks[int(u*20)]++
		}
		runs, _ := RunsTest(gaps)
		dispersion, _, _ := DispersionTest(positions)
		day, _ := UniformityTest(hours, slices.Repeat([]float64{1}, 24))
		trend, _, _ := TrendTest(weeks)
		for name, p := range map[string]float64{"runs": runs, "dispersion": dispersion, "time of day": day, "trend": trend} {
			if p <= alpha {
				found[name]++
			}
		}
	}
	most := int(distuv.Binomial{N: histories, P: alpha}.Mean() + 3.5*math.Sqrt(histories*alpha*(1-alpha)))
	for name, n := range found {
		assert.LessOrEqual(t, n, most, name)
		assert.GreaterOrEqual(t, n, 15, "%s is blind", name)
	}
	assert.Len(t, found, 4)
	t.Log("false alarms in", histories, "histories:", fmt.Sprint(found))
}

func TestTheShiftTestKeepsItsRateForClusteredTimes(t *testing.T) {
	t.Parallel()
	const histories = 400
	rng := rand.New(rand.NewPCG(3, 3))
	window := Span{0, 1_000_000}
	found := 0
	for range histories {
		var times []int64
		for range 15 { // bursts of six, which a test for independent times takes for more than they are
			at := rng.Int64N(window.To - 100)
			for k := range 6 {
				times = append(times, at+int64(k)*10)
			}
		}
		slices.Sort(times)
		var spans []Span
		for range 20 {
			at := rng.Int64N(window.To - 5000)
			spans = append(spans, Span{at, at + 5000})
		}
		slices.SortFunc(spans, func(a, b Span) int { return int(a.From - b.From) })
		if ShiftTest(times, Union(spans), window, 199, rng) <= 0.05 {
			found++
		}
	}
	assert.LessOrEqual(t, found, 35, "0.05 of 400 and 3.5 deviations")
	assert.GreaterOrEqual(t, found, 5)
}
