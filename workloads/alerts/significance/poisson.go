package significance

import "gonum.org/v1/gonum/stat/distuv"

const (
	// minExpected is how many events a cell is to expect, so that chi-square
	// tells the truth; the usual rule of thumb (Cochran 1954).
	minExpected = 5
	// maxCells bounds the cells of DispersionTest.
	maxCells = 1000
)

// DispersionTest tells whether events cluster or keep a distance: it counts
// them in cells of equal length and compares the counts' variance with their
// mean, which are equal for a Poisson process of a constant rate (Fisher's index
// of dispersion). positions are the events' times as a share of the time
// observed, 0..1. index is variance by mean: above 1 for clusters, below it for
// regular events. ok is false for fewer than 2*minExpected events.
func DispersionTest(positions []float64) (p, index float64, ok bool) {
	cells := min(len(positions)/minExpected, maxCells)
	if cells < 2 {
		return 1, 1, false
	}
	counts := make([]float64, cells)
	for _, u := range positions {
		counts[min(max(int(u*float64(cells)), 0), cells-1)]++
	}
	mean := float64(len(positions)) / float64(cells)
	sum := 0.0
	for _, c := range counts {
		sum += (c - mean) * (c - mean) / mean
	}
	d := distuv.ChiSquared{K: float64(cells - 1)}
	return twoSided(d.CDF(sum), d.Survival(sum)), sum / d.K, true
}

// UniformityTest tells whether counts follow how long each cell was observed:
// Pearson's chi-square, upper tail. Neighbouring cells are put together until
// each expects minExpected events. ok is false if that leaves fewer than two.
func UniformityTest(counts []int, exposure []float64) (p float64, ok bool) {
	total, observed := 0, 0.0
	for i, c := range counts {
		total += c
		observed += exposure[i]
	}
	if total == 0 || observed <= 0 {
		return 1, false
	}
	size := cellSize(len(counts), total)
	sum, cells := 0.0, 0
	for from := 0; from < len(counts); from += size {
		count, expected := 0.0, 0.0
		for i := from; i < from+size; i++ {
			count += float64(counts[i])
			expected += exposure[i] / observed * float64(total)
		}
		if expected == 0 {
			continue // never observed, so nothing can have been counted
		}
		sum += (count - expected) * (count - expected) / expected
		cells++
	}
	if cells < 2 {
		return 1, false
	}
	return clamp(distuv.ChiSquared{K: float64(cells - 1)}.Survival(sum)), true
}

// cellSize is the smallest divisor of cells that leaves minExpected events in
// each on average.
func cellSize(cells, events int) int {
	for size := 1; size < cells; size++ {
		if cells%size == 0 && events*size >= minExpected*cells {
			return size
		}
	}
	return cells
}
