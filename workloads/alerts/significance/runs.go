package significance

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
)

// MinRunsValues is the fewest values RunsTest can say something about.
const MinRunsValues = 10

// RunsTest tells whether values that follow each other are alike (few runs
// above and below the median) or alternate (many runs): the exact two-sided
// test of Wald and Wolfowitz. Values equal to the median are left out. ok is
// false if fewer than MinRunsValues remain.
//
// Source: Wald, Wolfowitz, "On a test whether two samples are from the same
// population", Ann. Math. Statist. 11 (1940).
func RunsTest(values []float64) (p float64, ok bool) {
	median := medianOf(values)
	runs, above, below := 0, 0, 0
	last := 0
	for _, v := range values {
		side := 1
		switch {
		case v == median:
			continue
		case v > median:
			above++
		default:
			side = -1
			below++
		}
		if side != last {
			runs++
		}
		last = side
	}
	if above+below < MinRunsValues || above == 0 || below == 0 {
		return 1, false
	}
	lower, upper := runsTails(runs, above, below)
	return twoSided(lower, upper), true
}

// runsTails are the chances of at most and at least so many runs.
func runsTails(runs, above, below int) (lower, upper float64) {
	total := combin.LogGeneralizedBinomial(float64(above+below), float64(above))
	most := 2*min(above, below) + 1
	for r := 2; r <= most; r++ {
		chance := runsChance(r, above, below, total)
		if r <= runs {
			lower += chance
		}
		if r >= runs {
			upper += chance
		}
	}
	return lower, upper
}

// runsChance is the chance of exactly r runs; total is the logarithm of the
// number of orders.
func runsChance(r, above, below int, total float64) float64 {
	ways := func(a, b int) float64 { // a-1 over a's groups, b-1 over b's
		if a > above || b > below {
			return 0
		}
		return math.Exp(logChoose(above-1, a-1) + logChoose(below-1, b-1) - total)
	}
	half := r / 2
	if r%2 == 0 {
		return 2 * ways(half, half)
	}
	return ways(half+1, half) + ways(half, half+1)
}

func logChoose(n, k int) float64 { return combin.LogGeneralizedBinomial(float64(n), float64(k)) }

func medianOf(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}
