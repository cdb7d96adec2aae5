package main

import (
	"math"
	"slices"
)

// Spread tells how measurements lie.
type Spread struct {
	Min    float64 `json:"min"`
	Q1     float64 `json:"q1"`
	Median float64 `json:"median"`
	Q3     float64 `json:"q3"`
	Max    float64 `json:"max"`
}

// spread of at least one value.
func spread(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{
		Min: sorted[0], Q1: quantile(sorted, 0.25), Median: quantile(sorted, 0.5),
		Q3: quantile(sorted, 0.75), Max: sorted[len(sorted)-1],
	}
}

// quantile lies linearly between its neighbours, as NumPy's default does.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
