package kmeans

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// seed chooses the first centres by greedy k-means++: the first point at
// random, each further one the best of a few drawn with a probability
// proportional to the squared distance to the centres so far (Arthur and
// Vassilvitskii 2007; 2+ln k candidates each, as scikit-learn has it).
func (l *lloyd) seed(ctx context.Context, rng *rand.Rand) error {
	for i := range l.dist {
		l.dist[i] = math.Inf(1)
	}
	trials := 2 + int(math.Log(float64(l.k)))
	l.candidates = make([]float64, trials*l.data.Features)
	for i := range l.sums {
		l.sums[i].potential = make([]float64, trials)
	}
	l.take(0, l.data.Row(rng.IntN(l.data.Points)))
	for c := 1; c < l.k; c++ {
		if ctx.Err() != nil {
			return fmt.Errorf("seeding centre %d of %d: %w", c+1, l.k, context.Cause(ctx))
		}
		for t := range trials {
			copy(row(l.candidates, t, l.data.Features), l.data.Row(l.draw(rng)))
		}
		l.take(c, row(l.candidates, l.bestCandidate(trials), l.data.Features))
	}
	return nil
}

// take makes the point centre c and shortens the distances to it.
func (l *lloyd) take(c int, point []float64) {
	center := row(l.centers, c, l.data.Features)
	copy(center, point)
	l.pool.run(l.chunks, func(chunk int) {
		sum := 0.0
		from, to := l.bounds(chunk)
		for i := from; i < to; i++ {
			l.dist[i] = min(l.dist[i], squaredDistance(l.data.Row(i), center))
			sum += l.dist[i]
		}
		l.sums[chunk].inertia = sum
	})
}

// draw picks a point with a probability proportional to its distance, or any
// point where all distances are zero.
func (l *lloyd) draw(rng *rand.Rand) int {
	total := 0.0
	for i := range l.sums {
		total += l.sums[i].inertia
	}
	if total == 0 {
		return rng.IntN(l.data.Points)
	}
	rest := rng.Float64() * total
	last := 0
	for chunk := range l.sums {
		if sum := l.sums[chunk].inertia; rest >= sum {
			rest -= sum
			continue
		}
		from, to := l.bounds(chunk)
		for i := from; i < to; i++ {
			if l.dist[i] == 0 {
				continue
			}
			if last = i; rest < l.dist[i] {
				return i
			}
			rest -= l.dist[i]
		}
	}
	return last // rounding used up the last of it
}

// bestCandidate is the candidate that would leave the least inertia.
func (l *lloyd) bestCandidate(trials int) int {
	l.pool.run(l.chunks, func(chunk int) {
		potential := l.sums[chunk].potential
		clear(potential)
		from, to := l.bounds(chunk)
		for i := from; i < to; i++ {
			point := l.data.Row(i)
			for t := range potential {
				potential[t] += min(l.dist[i], squaredDistance(point, row(l.candidates, t, len(point))))
			}
		}
	})
	best, least := 0, math.Inf(1)
	for t := range trials {
		sum := 0.0
		for i := range l.sums {
			sum += l.sums[i].potential[t]
		}
		if sum < least {
			best, least = t, sum
		}
	}
	return best
}
