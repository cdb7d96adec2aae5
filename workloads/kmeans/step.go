package kmeans

import "context"

// engine assigns points to centres, here or elsewhere.
type engine interface {
	// assign finds the nearest centre of every point and adds up what the parts
	// of the points give, in their order. What it returns is good until the next
	// call.
	assign(ctx context.Context, at place, centers []float64, withInertia bool) (partial, error)
	// farthest are the points farthest from the centres that they were assigned
	// to last, at most so many, in the order of farther.
	farthest(ctx context.Context, at place, centers []float64, most int) ([]farPoint, error)
}

// place is a place in a fit: the iterations that a restart, from 1, has behind
// it. There is one set of centres for each.
type place struct{ restart, iteration int }

// step is one iteration: it assigns the points and moves each centre to the
// mean of its points. next takes the new centres. It returns what the points
// add up to before the move, and the sum of the squared moves.
func step(ctx context.Context, e engine, at place, centers, next []float64, withInertia bool) (p partial, shift float64, err error) {
	p, err = e.assign(ctx, at, centers, withInertia)
	if err != nil {
		return partial{}, 0, err
	}
	if err := relocateEmpty(ctx, e, at, centers, p); err != nil {
		return partial{}, 0, err
	}
	features := len(centers) / len(p.counts)
	for c, count := range p.counts {
		old, center := row(centers, c, features), row(next, c, features)
		if count == 0 {
			copy(center, old)
			continue
		}
		for f, sum := range row(p.sums, c, features) {
			center[f] = sum / float64(count)
		}
		shift += squaredDistance(center, old)
	}
	return p, shift, nil
}

// relocateEmpty gives each cluster without points the point that is farthest
// from its centre, as scikit-learn does, but never takes a cluster's last one.
// Where all points lie on centres there is nothing to gain, and the cluster
// stays empty.
func relocateEmpty(ctx context.Context, e engine, at place, centers []float64, p partial) error {
	empty := 0
	for _, count := range p.counts {
		if count == 0 {
			empty++
		}
	}
	if empty == 0 {
		return nil
	}
	// Each cluster may keep one of the farthest: its last.
	far, err := e.farthest(ctx, at, centers, empty+len(p.counts))
	if err != nil {
		return err
	}
	for c, count := range p.counts {
		if count > 0 {
			continue
		}
		for len(far) > 0 && p.counts[far[0].label] < 2 {
			far = far[1:]
		}
		if len(far) == 0 {
			return nil
		}
		point, donor := far[0].point, far[0].label
		for f, v := range point {
			p.sums[int(donor)*len(point)+f] -= v
		}
		copy(row(p.sums, c, len(point)), point)
		p.counts[donor]--
		p.counts[c] = 1
		far = far[1:]
	}
	return nil
}
