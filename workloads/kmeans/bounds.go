package kmeans

import "math"

// bounds keep for every point how far its centre is at most and how far the
// others are at least, so that most distances need not be computed: no centre
// can have become the nearest that was too far and has not moved enough. With
// one lower bound a point it is Hamerly's algorithm (2010), with one for each
// group of centres Yinyang k-means (Ding et al. 2015).
//
// They change nothing in the outcome. Every bound leans to the safe side by
// more than rounding can take away, and what they cannot tell apart for sure,
// ties above all, is computed as Lloyd's algorithm does.
type bounds struct {
	groups int
	// upper has for each point a bound of the distance to its centre, and lower
	// for each point and group one of the distance to any other centre of the
	// group. Both are as of a time when no centre had moved: adding the drift of
	// the centre, or taking away that of the group, makes them those of now. So
	// nothing is written for a point that keeps its centre.
	upper, lower []float64
	// drift is how far each centre has moved in all, and groupDrift the sum of
	// how far the centre of each group that moved most did in each iteration.
	drift, groupDrift []float64
	// apart is half the distance of each centre to the nearest other one: a
	// point that is nearer to its centre is nearest to it.
	apart []float64
	// last are the centres of the last assignment.
	last []float64
	// withApart: the distances between centres cost little beside the rest.
	withApart bool
	moved     []float64 // of one iteration, by group
}

const (
	// rootSlack is by how much, relatively, a distance is off at most: adding
	// n squares loses less than n+3 units in the last place, and n is at most
	// MaxCenterValues.
	rootSlack = 1e-9
	// rootFloor is by how much it is off where squares are too small for their
	// size to be kept.
	rootFloor = 1e-150
	// driftSlack covers the rounding of a few sums of bounds and drifts.
	driftSlack = 16 * 0x1p-53
)

// groupSize is how many centres Yinyang's groups have. Where a register takes
// four centres at a time smaller groups spare distances and no time.
const groupSize = 32

// groupsOf is how many groups the centres are divided into. Bounds take no
// more memory than the points do.
func groupsOf(algorithm Algorithm, k, features int) int {
	if algorithm == Hamerly {
		return 1
	}
	return max(1, min((k+groupSize-1)/groupSize, features))
}

func newBounds(points, k, features, groups int) *bounds {
	return &bounds{
		groups: groups, upper: make([]float64, points), lower: make([]float64, points*groups),
		drift: make([]float64, k), groupDrift: make([]float64, groups), apart: make([]float64, k),
		last: make([]float64, k*features), moved: make([]float64, groups), withApart: 8*k*k <= points,
	}
}

// atMost is a bound of a distance from above, given its computed square.
func atMost(squared float64) float64 { return math.Sqrt(squared)*(1+rootSlack) + rootFloor }

// atLeast is one from below. It may be negative.
func atLeast(squared float64) float64 { return math.Sqrt(squared)*(1-rootSlack) - rootFloor }

// setUpper keeps that the point is no farther than reach from its centre.
func (b *bounds) setUpper(point int, label int32, reach float64) {
	drift := b.drift[label]
	b.upper[point] = reach - drift + driftSlack*(reach+drift)
}

// lowerOf is what is kept of a group whose other centres are no nearer than
// distance.
func (b *bounds) lowerOf(group int, distance float64) float64 {
	return (max(distance, 0) + b.groupDrift[group]) * (1 - driftSlack)
}

// nearestOther is how near any other centre may be.
func nearestOther(lower, groupDrift []float64) float64 {
	nearest := math.Inf(1)
	groupDrift = groupDrift[:len(lower)]
	for g, l := range lower {
		nearest = min(nearest, l-groupDrift[g])
	}
	return nearest
}

// moveBounds makes the bounds those of other centres than before.
func (p *part) moveBounds(centers []float64) {
	b := p.bounds
	if b == nil {
		groups := groupsOf(p.algorithm, p.k, p.data.Features)
		layout := oneGroup(p.k)
		if groups > 1 {
			layout = groupCenters(centers, p.data.Features, (p.k+groups-1)/groups)
		}
		p.panels = newPanels(layout, p.data.Features)
		b = newBounds(p.data.Points, p.k, p.data.Features, len(layout))
		p.bounds = b
	} else {
		b.move(centers, p.panels.groupOf)
	}
	copy(b.last, centers)
	p.panels.fill(centers)
	if b.withApart {
		b.measureApart(centers, p.k, p.data.Features)
	}
}

// move adds to the drifts how far the centres moved since the last assignment.
func (b *bounds) move(centers []float64, groupOf []int32) {
	features := len(centers) / len(b.drift)
	clear(b.moved)
	for c, g := range groupOf {
		moved := 0.0
		if squared := squaredDistance(row(centers, c, features), row(b.last, c, features)); squared > 0 {
			moved = atMost(squared)
		} else if !same(row(centers, c, features), row(b.last, c, features)) {
			moved = rootFloor
		}
		b.drift[c] = (b.drift[c] + moved) * (1 + driftSlack)
		b.moved[g] = max(b.moved[g], moved)
	}
	for g, moved := range b.moved {
		b.groupDrift[g] = (b.groupDrift[g] + moved) * (1 + driftSlack)
	}
}

func same(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (b *bounds) measureApart(centers []float64, k, features int) {
	for c := range b.apart {
		b.apart[c] = math.Inf(1)
	}
	for c := range k {
		for other := range c {
			half := atLeast(squaredDistance(row(centers, c, features), row(centers, other, features))) / 2
			b.apart[c] = min(b.apart[c], half)
			b.apart[other] = min(b.apart[other], half)
		}
	}
	for c := range b.apart {
		b.apart[c] = b.apart[c]*(1-rootSlack) - rootFloor
	}
}

// keeps reports whether the bounds tell that a point keeps its centre, which
// is no farther than reach.
func (b *bounds) keeps(label int32, reach float64, lower []float64) bool {
	return reach < b.apart[label] || reach < nearestOther(lower, b.groupDrift)
}

// assignWithBounds looks only at points whose bounds do not tell that they
// keep their centre.
func (p *part) assignWithBounds(i int) {
	b := &p.blocks[i]
	if p.bounds.groups == 1 {
		p.reassignAll(b)
	} else {
		p.reassignByGroups(b)
	}
	if b.isDirty {
		p.addUp(b)
	}
	if p.withInertia {
		p.addInertia(b)
	}
}

// fewCenters are compared with a point in no more time than is spared by
// looking at its own centre first. They are one group in every algorithm.
const fewCenters = 16

// reassignAll finds the nearest of all centres, for one group.
func (p *part) reassignAll(b *block) {
	s, labels, points := p.bounds, p.labels[b.from:b.to], p.points(b)
	lower := s.lower[b.from:b.to]
	drift, groupDrift, tightens := s.drift, s.groupDrift[0], p.k > fewCenters
	var q batch
	for from := 0; from < len(labels); from += batchPoints {
		q.n = 0
		for i := from; i < min(from+batchPoints, len(labels)); i++ {
			if label := labels[i]; label >= 0 {
				reach := s.upper[b.from+i] + drift[label]
				if reach < lower[i]-groupDrift || reach < s.apart[label] || tightens && p.tighten(b, i, label) {
					continue
				}
			}
			q.add(i)
		}
		p.panels.nearest(0, &q, points)
		b.computed += q.n * p.k
		for j, label := range q.places[:q.n] {
			i := int(q.indexes[j])
			s.setUpper(b.from+i, label, atMost(q.least[j]))
			lower[i] = s.lowerOf(0, atLeast(q.second[j]))
			if old := labels[i]; old != label {
				labels[i] = label
				b.moved(old, label)
			}
		}
	}
}

// tighten makes the upper bound of a block's point i that of now and reports
// whether it keeps its centre.
func (p *part) tighten(b *block, i int, label int32) bool {
	at, features := b.from+i, p.data.Features
	reach := atMost(squaredDistance(p.data.Row(at), row(p.centers, int(label), features)))
	b.computed++
	p.bounds.setUpper(at, label, reach)
	return p.bounds.keeps(label, reach, row(p.bounds.lower, at, p.bounds.groups))
}

// reassignByGroups finds the nearest centre of each point in the groups that
// may hold it.
func (p *part) reassignByGroups(b *block) {
	s, groups := p.bounds, p.bounds.groups
	var q batch
	for i := b.from; i < b.to; i++ {
		if label := p.labels[i]; label >= 0 && s.keeps(label, s.upper[i]+s.drift[label], row(s.lower, i, groups)) {
			continue
		}
		p.reassign(b, &q, i)
	}
}

// reassign finds the nearest centre of point i in the groups that may hold it.
func (p *part) reassign(b *block, q *batch, i int) {
	s := p.bounds
	point, lower := p.data.Row(i), row(s.lower, i, s.groups)
	old := p.labels[i]
	label, least, reach := old, math.Inf(1), math.Inf(1)
	if old >= 0 {
		least = squaredDistance(point, row(p.centers, int(old), len(point)))
		reach = atMost(least)
		b.computed++
		if s.keeps(old, reach, lower) {
			s.setUpper(i, old, reach)
			return
		}
	}
	for g := range lower {
		if old >= 0 && reach < lower[g]-s.groupDrift[g] {
			continue
		}
		q.n, q.indexes[0] = 1, 0
		p.panels.nearest(g, q, point)
		center, first, second := q.places[0], q.least[0], q.second[0]
		b.computed += p.panels.starts[g+1] - p.panels.starts[g]
		switch {
		case label < 0 || first < least || first == least && center < label:
			if label >= 0 && p.panels.groupOf[label] != int32(g) {
				other := p.panels.groupOf[label]
				lower[other] = min(lower[other], s.lowerOf(int(other), atLeast(least)))
			}
			label, least, reach = center, first, atMost(first)
			lower[g] = s.lowerOf(g, atLeast(second))
		case center == label:
			lower[g] = s.lowerOf(g, atLeast(second))
		default:
			lower[g] = s.lowerOf(g, atLeast(first))
		}
	}
	s.setUpper(i, label, reach)
	if label != old {
		p.labels[i] = label
		b.moved(old, label)
	}
}

// moved notes that a point left a cluster, unless that is -1, for another.
func (b *block) moved(from, to int32) {
	b.dirty[to], b.isDirty = true, true
	if from >= 0 {
		b.dirty[from] = true
	}
}
