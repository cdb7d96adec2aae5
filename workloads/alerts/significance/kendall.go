package significance

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MinTrendValues is the fewest values TrendTest can say something about: below
// it the normal approximation is poor (Kendall, "Rank Correlation Methods").
const MinTrendValues = 8

// TrendTest tells whether values rise or fall over time: Mann and Kendall's
// test, two-sided, with the correction for ties and for continuity. It needs no
// distribution of the values. slope is the median change from one value to the
// next (Theil and Sen). ok is false for fewer than MinTrendValues values. It
// takes time and memory by the square of their number.
func TrendTest(values []float64) (p, slope float64, ok bool) {
	n := len(values)
	if n < MinTrendValues {
		return 1, 0, false
	}
	score := 0
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range values {
		for j := i + 1; j < n; j++ {
			switch d := values[j] - values[i]; {
			case d > 0:
				score++
			case d < 0:
				score--
			}
			slopes = append(slopes, (values[j]-values[i])/float64(j-i))
		}
	}
	slope = medianOf(slopes)
	variance := kendallVariance(values)
	if variance <= 0 {
		return 1, 0, true // all values are equal
	}
	z := math.Max(0, math.Abs(float64(score))-1) / math.Sqrt(variance)
	return clamp(2 * distuv.UnitNormal.Survival(z)), slope, true
}

// kendallVariance is the variance of the score if there is no trend.
func kendallVariance(values []float64) float64 {
	term := func(n int) float64 { f := float64(n); return f * (f - 1) * (2*f + 5) }
	v := term(len(values))
	sorted := slices.Sorted(slices.Values(values))
	for from := 0; from < len(sorted); {
		to := from
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		v -= term(to - from)
		from = to
	}
	return v / 18
}
