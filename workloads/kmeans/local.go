package kmeans

import (
	"context"
	"slices"
)

// local is the engine of one machine.
type local struct {
	parts []*part
	total partial
}

func newLocal(d Dataset, o Options, pool *pool) *local {
	l := &local{}
	for i := range o.Parts {
		l.parts = append(l.parts, newPart(d.part(i, o.Parts), o.Clusters, o.Algorithm, pool))
	}
	if o.Parts > 1 {
		l.total = newPartial(o.Clusters, d.Features)
	}
	return l
}

// part is the i-th of n runs of points. It shares memory with the dataset.
func (d Dataset) part(i, n int) Dataset {
	from, to := i*d.Points/n, (i+1)*d.Points/n
	return Dataset{Points: to - from, Features: d.Features, Values: d.Values[from*d.Features : to*d.Features]}
}

func (l *local) assign(ctx context.Context, _ place, centers []float64, withInertia bool) (partial, error) {
	if len(l.parts) == 1 {
		return l.parts[0].assign(ctx, centers, withInertia)
	}
	l.total.clear()
	for _, p := range l.parts {
		sums, err := p.assign(ctx, centers, withInertia)
		if err != nil {
			return partial{}, err
		}
		l.total.add(sums)
	}
	return l.total, nil
}

func (l *local) farthest(_ context.Context, _ place, centers []float64, most int) ([]farPoint, error) {
	var all []farPoint
	offset := 0
	for _, p := range l.parts {
		all = append(all, atOffset(p.farthest(centers, most), offset)...)
		offset += p.data.Points
	}
	return farthestOf(all, most), nil
}

// atOffset makes the indexes of a part's points those of the whole.
func atOffset(far []farPoint, offset int) []farPoint {
	for i := range far {
		far[i].index += offset
	}
	return far
}

// farthestOf are the farthest of several parts' farthest points.
func farthestOf(all []farPoint, most int) []farPoint {
	slices.SortFunc(all, farther)
	return all[:min(most, len(all))]
}

// labels assigns the points, unless they were to these centres last, and
// returns their clusters.
func (l *local) labels(ctx context.Context, centers []float64) ([]int32, error) {
	var labels []int32
	for _, p := range l.parts {
		if !slices.Equal(p.centers, centers) {
			if _, err := p.assign(ctx, centers, false); err != nil {
				return nil, err
			}
		}
		labels = append(labels, p.labels...)
	}
	return labels, nil
}
