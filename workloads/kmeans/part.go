package kmeans

import (
	"cmp"
	"context"
	"slices"
	"sort"
)

const (
	// maxBlocks bounds into how many blocks the points are cut: enough to keep
	// 64 cores busy, few enough for the sums of each to be small.
	maxBlocks = 64
	// minBlockPoints keeps the cost of handing out a block far below the cost
	// of working on it.
	minBlockPoints = 1024
	// maxSumValues bounds the blocks' sums together: 16 Mi values, 128 MiB.
	maxSumValues = 16 << 20
)

// blocksOf is into how many blocks points are cut. It depends on nothing but
// the shape, so that sums are the same whatever the number of threads.
func blocksOf(points, sumValues int) int {
	return min(maxBlocks, max(1, points/minBlockPoints), max(1, maxSumValues/sumValues))
}

// partial is what some of the points add to the whole.
type partial struct {
	// sums are the points of each cluster added up: a row for each.
	sums []float64
	// counts are how many points each cluster has.
	counts []int
	// inertia is the sum of squared distances; not set where none was asked for.
	inertia float64
}

func newPartial(k, features int) partial {
	return partial{sums: make([]float64, k*features), counts: make([]int, k)}
}

func (p *partial) clear() {
	clear(p.sums)
	clear(p.counts)
	p.inertia = 0
}

func (p *partial) add(other partial) {
	addTo(p.sums, other.sums)
	for c, n := range other.counts {
		p.counts[c] += n
	}
	p.inertia += other.inertia
}

// part is some of the points, with what is known of them from one assignment
// to the next. All parts of a fit may be in one process, or each in another.
type part struct {
	data      Dataset
	k         int
	algorithm Algorithm
	pool      *pool
	labels    []int32 // the cluster of each point; -1 before the first assignment
	panels    *panels
	bounds    *bounds // nil for Lloyd's algorithm
	blocks    []block
	total     partial
	// What the running assignment is about.
	centers     []float64
	withInertia bool
	// body is the parallel loop's, made once.
	body func(block int)
}

// block is a run of points that one goroutine works on.
type block struct {
	from, to int
	partial
	// dirty are the clusters that points joined or left, so that their sums
	// have to be made again.
	dirty   []bool
	isDirty bool
	// computed counts the distances between points and centres.
	computed int
}

func newPart(d Dataset, k int, algorithm Algorithm, pool *pool) *part {
	p := &part{data: d, k: k, algorithm: algorithm, pool: pool, labels: slices.Repeat([]int32{-1}, d.Points), total: newPartial(k, d.Features)}
	p.blocks = make([]block, blocksOf(d.Points, k*d.Features))
	for i := range p.blocks {
		p.blocks[i] = block{
			from: i * d.Points / len(p.blocks), to: (i + 1) * d.Points / len(p.blocks),
			partial: newPartial(k, d.Features), dirty: make([]bool, k),
		}
	}
	if algorithm == Lloyd {
		p.panels = newPanels(oneGroup(k), d.Features)
		p.body = p.assignPlainly
	} else {
		p.body = p.assignWithBounds
	}
	return p
}

// assign finds the nearest centre of every point. What it returns is good
// until the next call. After an error the part is of no more use.
func (p *part) assign(ctx context.Context, centers []float64, withInertia bool) (partial, error) {
	p.centers, p.withInertia = centers, withInertia
	if p.algorithm == Lloyd {
		p.panels.fill(centers)
	} else {
		p.moveBounds(centers)
	}
	if err := p.pool.run(ctx, len(p.blocks), p.body); err != nil {
		return partial{}, err
	}
	p.total.clear()
	for i := range p.blocks {
		p.total.add(p.blocks[i].partial)
	}
	return p.total, nil
}

// points are those of a block, in rows.
func (p *part) points(b *block) []float64 {
	return p.data.Values[b.from*p.data.Features : b.to*p.data.Features]
}

// assignPlainly is Lloyd's algorithm: every point against every centre.
func (p *part) assignPlainly(i int) {
	b := &p.blocks[i]
	points, labels := p.points(b), p.labels[b.from:b.to]
	inertia := 0.0
	var q batch
	for from := 0; from < len(labels); from += batchPoints {
		q.fill(from, len(labels))
		p.panels.nearest(0, &q, points)
		copy(labels[from:], q.places[:q.n])
		for _, squared := range q.least[:q.n] {
			inertia += squared
		}
	}
	for c := range b.dirty {
		b.dirty[c] = true
	}
	p.addUp(b)
	b.inertia = inertia
	b.computed += len(labels) * p.k
}

// addUp makes the sums of the clusters that have changed, each in the order of
// the points, so that a sum has the same bits whenever it is made.
func (p *part) addUp(b *block) {
	for c, dirty := range b.dirty {
		if dirty {
			clear(row(b.sums, c, p.data.Features))
			b.counts[c] = 0
		}
	}
	labels := p.labels[b.from:b.to]
	for _, label := range labels {
		if b.dirty[label] {
			b.counts[label]++
		}
	}
	addRows(b.sums, p.points(b), labels, b.dirty, p.data.Features)
	clear(b.dirty)
	b.isDirty = false
}

// addInertia adds up the squared distances to the centres, which are the
// nearest.
func (p *part) addInertia(b *block) {
	inertia, n := 0.0, b.to-b.from
	if p.k > fewCenters {
		for i := b.from; i < b.to; i++ {
			inertia += squaredDistance(p.data.Row(i), row(p.centers, int(p.labels[i]), p.data.Features))
		}
		b.inertia, b.computed = inertia, b.computed+n
		return
	}
	var q batch
	for from := 0; from < n; from += batchPoints {
		q.fill(from, n)
		p.panels.nearest(0, &q, p.points(b))
		for _, squared := range q.least[:q.n] {
			inertia += squared
		}
	}
	b.inertia, b.computed = inertia, b.computed+n*p.k
}

// farPoint is a point that may become the centre of an empty cluster.
type farPoint struct {
	// squared is the square of the distance to the point's centre.
	squared float64
	// index in the part.
	index int
	label int32
	point []float64
}

// farther orders the farthest first, and of equally far ones the first.
func farther(a, b farPoint) int {
	return cmp.Or(cmp.Compare(b.squared, a.squared), cmp.Compare(a.index, b.index))
}

// farthest are the points that lie farthest from the centres that they were
// assigned to last, at most so many, none of which lies on its centre.
func (p *part) farthest(centers []float64, most int) []farPoint {
	var far []farPoint
	for i, label := range p.labels {
		f := farPoint{squared: squaredDistance(p.data.Row(i), row(centers, int(label), p.data.Features)), index: i, label: label}
		if f.squared == 0 || len(far) == most && farther(f, far[most-1]) > 0 {
			continue
		}
		at := sort.Search(len(far), func(j int) bool { return farther(f, far[j]) < 0 })
		if len(far) == most {
			far = far[:most-1]
		}
		far = slices.Insert(far, at, f)
	}
	for i := range far {
		far[i].point = p.data.Row(far[i].index)
	}
	return far
}
