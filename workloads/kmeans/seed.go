package kmeans

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// whole looks at all points at once, before they are assigned: it tells their
// spread and seeds centres.
type whole struct {
	data   Dataset
	k      int
	pool   *pool
	blocks int
	// dist has for each point the squared distance to the nearest centre so far.
	dist []float64
	// sums has what each block adds, of a row or of the seeding's candidates.
	sums [][]float64
}

func newWhole(d Dataset, k int, pool *pool) *whole {
	w := &whole{data: d, k: k, pool: pool, blocks: blocksOf(d.Points, k*d.Features)}
	w.sums = make([][]float64, w.blocks)
	return w
}

// bounds are the points of a block: from..to-1.
func (w *whole) bounds(block int) (from, to int) {
	return block * w.data.Points / w.blocks, (block + 1) * w.data.Points / w.blocks
}

// total adds up entry i of the blocks' sums.
func (w *whole) total(i int) float64 {
	sum := 0.0
	for _, s := range w.sums {
		sum += s[i]
	}
	return sum
}

// sumOver runs body for each block with width sums that start at zero.
func (w *whole) sumOver(ctx context.Context, width int, body func(block int, sums []float64)) error {
	return w.pool.run(ctx, w.blocks, func(block int) {
		if cap(w.sums[block]) < width {
			w.sums[block] = make([]float64, width)
		}
		w.sums[block] = w.sums[block][:width]
		clear(w.sums[block])
		body(block, w.sums[block])
	})
}

// points are those of a block, in rows.
func (w *whole) points(block int) []float64 {
	from, to := w.bounds(block)
	return w.data.Values[from*w.data.Features : to*w.data.Features]
}

// meanVariance is the mean over the features of their variance.
func (w *whole) meanVariance(ctx context.Context) (float64, error) {
	features := w.data.Features
	err := w.sumOver(ctx, features, func(block int, sums []float64) {
		var first [batchPoints]int32 // all points belong to one row
		size := batchPoints * features
		for points := range slices.Chunk(w.points(block), size) {
			addRows(sums, points, first[:len(points)/features], []bool{true}, features)
		}
	})
	if err != nil {
		return 0, err
	}
	mean := make([]float64, features)
	for f := range mean {
		mean[f] = w.total(f) / float64(w.data.Points)
	}
	center := newPanels(oneGroup(1), features)
	center.fill(mean)
	err = w.sumOver(ctx, 1, func(block int, sums []float64) {
		points, sum := w.points(block), 0.0
		n := len(points) / features
		var q batch
		for from := 0; from < n; from += batchPoints {
			q.fill(from, n)
			center.nearest(0, &q, points)
			for _, squared := range q.least[:q.n] {
				sum += squared
			}
		}
		sums[0] = sum
	})
	if err != nil {
		return 0, err
	}
	return w.total(0) / float64(w.data.Points) / float64(features), nil
}

// seed chooses the first centres by greedy k-means++: the first point at
// random, each further one the best of a few drawn with a probability
// proportional to the squared distance to the centres so far (Arthur and
// Vassilvitskii 2007; 2+ln k candidates each, as scikit-learn has it).
func (w *whole) seed(ctx context.Context, rng *rand.Rand) ([]float64, error) {
	features := w.data.Features
	w.dist = make([]float64, w.data.Points)
	for i := range w.dist {
		w.dist[i] = math.Inf(1)
	}
	trials := 2 + int(math.Log(float64(w.k)))
	candidates, panels := make([]float64, trials*features), newPanels(oneGroup(trials), features)
	centers := make([]float64, 0, w.k*features)
	first := w.data.Row(rng.IntN(w.data.Points))
	for c := 0; ; c++ {
		if c == 0 {
			centers = append(centers, first...)
		} else {
			for t := range trials {
				copy(row(candidates, t, features), w.data.Row(w.draw(rng)))
			}
			panels.fill(candidates)
			best, err := w.bestCandidate(ctx, panels, trials)
			if err != nil {
				return nil, fmt.Errorf("seeding centre %d of %d: %w", c+1, w.k, err)
			}
			centers = append(centers, row(candidates, best, features)...)
		}
		if c == w.k-1 {
			w.dist = nil // it is as large as a feature
			return centers, nil
		}
		if err := w.take(ctx, row(centers, c, features)); err != nil {
			return nil, fmt.Errorf("seeding centre %d of %d: %w", c+2, w.k, err)
		}
	}
}

// take shortens the distances to a new centre.
func (w *whole) take(ctx context.Context, center []float64) error {
	return w.sumOver(ctx, 1, func(block int, sums []float64) {
		sum := 0.0
		for i, to := w.bounds(block); i < to; i++ {
			w.dist[i] = min(w.dist[i], squaredDistance(w.data.Row(i), center))
			sum += w.dist[i]
		}
		sums[0] = sum
	})
}

// draw picks a point with a probability proportional to its distance, or any
// point where all distances are zero.
func (w *whole) draw(rng *rand.Rand) int {
	total := w.total(0)
	if total == 0 {
		return rng.IntN(w.data.Points)
	}
	rest := float64(rng.Float64() * total) // as in square
	last := 0
	for block := range w.sums {
		if sum := w.sums[block][0]; rest >= sum {
			rest -= sum
			continue
		}
		for i, to := w.bounds(block); i < to; i++ {
			if w.dist[i] == 0 {
				continue
			}
			if last = i; rest < w.dist[i] {
				return i
			}
			rest -= w.dist[i]
		}
	}
	return last // rounding used up the last of it
}

// bestCandidate is the candidate that would leave the least inertia.
func (w *whole) bestCandidate(ctx context.Context, candidates *panels, trials int) (int, error) {
	width := len(candidates.centers) // trials, filled up to whole panels
	err := w.sumOver(ctx, width, func(block int, sums []float64) {
		out := make([]float64, width)
		for i, to := w.bounds(block); i < to; i++ {
			distances(out, w.data.Row(i), candidates.values)
			dist := w.dist[i]
			for t, s := range out {
				sums[t] += min(dist, s)
			}
		}
	})
	if err != nil {
		return 0, err
	}
	best, least := 0, math.Inf(1)
	for t := range trials {
		if sum := w.total(t); sum < least {
			best, least = t, sum
		}
	}
	return best, nil
}
