package significance

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Proportion is a share with its uncertainty.
type Proportion struct {
	Hits  int `json:"hits"`
	Total int `json:"total"`
	// Value is Hits by Total; 0 if Total is.
	Value float64 `json:"value"`
	// Low and High are the ends of Wilson's interval, 0..1 if Total is 0.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson is the share of hits in total with its interval at a confidence such
// as 0.95.
//
// Source: Wilson, "Probable inference, the law of succession, and statistical
// inference", JASA 22 (1927).
func Wilson(hits, total int, confidence float64) Proportion {
	if total == 0 {
		return Proportion{High: 1}
	}
	n, share := float64(total), float64(hits)/float64(total)
	z := distuv.UnitNormal.Quantile(1 - (1-confidence)/2)
	center := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return Proportion{
		Hits: hits, Total: total, Value: share,
		// The interval holds the share; rounding must not say otherwise.
		Low: math.Min(share, clamp(center-half)), High: math.Max(share, clamp(center+half)),
	}
}

// BenjaminiHochberg turns p-values of many tests into q-values: to call those
// with q <= a found leaves, on average, a share of at most a among them that are
// none. The order is that of ps; NaN, for a test not made, stays NaN.
//
// Source: Benjamini, Hochberg, "Controlling the false discovery rate", J. R.
// Statist. Soc. B 57 (1995).
func BenjaminiHochberg(ps []float64) []float64 {
	qs := make([]float64, len(ps))
	var order []int
	for i, p := range ps {
		if qs[i] = math.NaN(); !math.IsNaN(p) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	least := 1.0
	for rank := len(order); rank >= 1; rank-- {
		i := order[rank-1]
		least = math.Min(least, ps[i]*float64(len(order))/float64(rank))
		qs[i] = least
	}
	return qs
}

// Bonferroni makes one p-value of several tests of one thing, however they
// depend on each other. It is NaN if there are none.
func Bonferroni(ps ...float64) float64 {
	if len(ps) == 0 {
		return math.NaN()
	}
	return clamp(slices.Min(ps) * float64(len(ps)))
}
