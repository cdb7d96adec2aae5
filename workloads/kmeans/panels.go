package kmeans

import (
	"cmp"
	"math"
	"slices"
)

// panelWidth is how many centres are compared with a point at a time.
const panelWidth = 4

// panels hold centres for distances: four at a time, feature by feature.
// Groups of centres start with a panel of their own; what is left of a group's
// last panel is filled up with places at infinity.
type panels struct {
	features int
	values   []float64
	// centers has the index of the centre at each place; -1 is filling.
	centers []int32
	// starts has the first place of each group, and the end of the last one.
	starts []int
	// groupOf has the group of each centre.
	groupOf []int32
}

// newPanels lays out the groups, each a set of centres' indexes.
func newPanels(groups [][]int32, features int) *panels {
	p := &panels{features: features, starts: []int{0}}
	k := 0
	for _, group := range groups {
		k += len(group)
		// The first of equally near centres wins, so the order is theirs.
		p.centers = append(p.centers, slices.Sorted(slices.Values(group))...)
		for len(p.centers)%panelWidth != 0 {
			p.centers = append(p.centers, -1)
		}
		p.starts = append(p.starts, len(p.centers))
	}
	p.groupOf = make([]int32, k)
	for g, group := range groups {
		for _, c := range group {
			p.groupOf[c] = int32(g)
		}
	}
	p.values = slices.Repeat([]float64{math.Inf(1)}, len(p.centers)*features)
	return p
}

// oneGroup is all of k centres.
func oneGroup(k int) [][]int32 {
	group := make([]int32, k)
	for c := range group {
		group[c] = int32(c)
	}
	return [][]int32{group}
}

// fill takes the centres' places.
func (p *panels) fill(centers []float64) {
	for place, c := range p.centers {
		if c < 0 {
			continue
		}
		at := place/panelWidth*panelWidth*p.features + place%panelWidth
		for _, v := range row(centers, int(c), p.features) {
			p.values[at] = v
			at += panelWidth
		}
	}
}

// nearest finds, of a group, the centres that are nearest to the points of a
// batch. Its places become centres.
func (p *panels) nearest(group int, b *batch, points []float64) {
	from, to := p.starts[group], p.starts[group+1]
	nearestTwo(b, points, p.values[from*p.features:to*p.features], p.features)
	centers := p.centers[from:to]
	for j, place := range b.places[:b.n] {
		b.places[j] = centers[place]
	}
}

// groupCenters divides the centres into groups of neighbours, all of the given
// size but those that what is left over makes smaller: it halves the set
// across its widest feature until the pieces are small enough.
func groupCenters(centers []float64, features, size int) [][]int32 {
	var groups [][]int32
	var split func(set []int32)
	split = func(set []int32) {
		if len(set) <= size {
			groups = append(groups, set)
			return
		}
		f := widest(centers, features, set)
		slices.SortFunc(set, func(a, b int32) int {
			return cmp.Or(cmp.Compare(centers[int(a)*features+f], centers[int(b)*features+f]), cmp.Compare(a, b))
		})
		pieces := (len(set) + size - 1) / size
		half := pieces / 2 * size
		split(set[:half])
		split(set[half:])
	}
	split(oneGroup(len(centers) / features)[0])
	return groups
}

// widest is the feature in which the centres of a set lie farthest apart.
func widest(centers []float64, features int, set []int32) int {
	best, width := 0, -1.0
	for f := range features {
		low, high := math.Inf(1), math.Inf(-1)
		for _, c := range set {
			v := centers[int(c)*features+f]
			low, high = min(low, v), max(high, v)
		}
		if high-low > width {
			best, width = f, high-low
		}
	}
	return best
}
