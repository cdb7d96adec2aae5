package significance

import (
	"math/rand/v2"
	"slices"
)

// Span is a stretch of time, From before To.
type Span struct{ From, To int64 }

// Coverage is how long spans cover; they are sorted and apart.
func Coverage(spans []Span) int64 {
	sum := int64(0)
	for _, s := range spans {
		sum += s.To - s.From
	}
	return sum
}

// Union puts spans that are sorted by From together where they meet.
func Union(spans []Span) []Span {
	var out []Span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.From <= out[last].To {
			out[last].To = max(out[last].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Inside counts the times, sorted, that lie in spans, sorted and apart. A span
// holds its start and not its end.
func Inside(times []int64, spans []Span) int {
	n, i := 0, 0
	for _, t := range times {
		for i < len(spans) && spans[i].To <= t {
			i++
		}
		if i < len(spans) && spans[i].From <= t {
			n++
		}
	}
	return n
}

// enoughHits ends a ShiftTest early: with that many shifts as good as what was
// observed, the p-value is known to a quarter of itself.
const enoughHits = 20

// ShiftTest tells whether more times lie in spans than if the two had nothing
// to do with each other: the times are turned round the window, as on a clock,
// by random amounts, which keeps how they cluster and breaks what ties them to
// the spans. times and spans are sorted and lie in window. The p-value is
// one-sided and at least 1/(shifts+1); as many shifts are made only where it is
// small.
//
// Source: Besag, Clifford, "Sequential Monte Carlo p-values", Biometrika 78
// (1991).
func ShiftTest(times []int64, spans []Span, window Span, shifts int, rng *rand.Rand) float64 {
	length := window.To - window.From
	if length <= 0 || len(times) == 0 || len(spans) == 0 {
		return 1
	}
	observed, hits := Inside(times, spans), 0
	for made := 1; made <= shifts; made++ {
		if insideTurned(times, spans, window, rng.Int64N(length)) < observed {
			continue
		}
		if hits++; hits == enoughHits {
			return float64(hits) / float64(made)
		}
	}
	return float64(hits+1) / float64(shifts+1)
}

// insideTurned is Inside of the times moved on by an amount and begun anew at
// the window's end.
func insideTurned(times []int64, spans []Span, window Span, by int64) int {
	first, _ := slices.BinarySearch(times, window.To-by) // of those that begin anew
	n, i := 0, 0
	count := func(times []int64, by int64) {
		for _, t := range times {
			t += by
			for i < len(spans) && spans[i].To <= t {
				i++
			}
			if i < len(spans) && spans[i].From <= t {
				n++
			}
		}
	}
	count(times[first:], by-(window.To-window.From))
	count(times[:first], by)
	return n
}
