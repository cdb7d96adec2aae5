package kmeans

import "slices"

const (
	// maxChunks bounds into how many chunks the points are cut: enough to keep
	// 64 cores busy, few enough for the sums of each to be small.
	maxChunks = 64
	// minChunkPoints keeps the cost of handing out a chunk far below the cost
	// of working on it.
	minChunkPoints = 1024
	// maxSumValues bounds the chunks' sums together: 16 Mi values, 128 MiB.
	maxSumValues = 16 << 20
)

// lloyd holds the state of the iterations, so that they allocate nothing.
type lloyd struct {
	data    Dataset
	k       int
	chunks  int
	pool    *pool
	centers []float64 // k rows
	next    []float64 // k rows: the centres being made
	labels  []int32   // of each point
	dist    []float64 // squared, of each point to its centre
	sizes   []int     // of each cluster
	sums    []chunkSums
	// The bodies of the parallel loops, made once.
	assignBody func(chunk int)
	// For seeding only.
	candidates []float64 // rows
}

// chunkSums is what one chunk adds to the whole.
type chunkSums struct {
	sums      []float64 // k rows: the points of each cluster added up
	counts    []int
	inertia   float64
	changed   bool
	potential []float64 // of each seeding candidate
}

func newLloyd(d Dataset, k, threads int) *lloyd {
	size := k * d.Features
	chunks := min(maxChunks, max(1, d.Points/minChunkPoints), max(1, maxSumValues/size))
	l := &lloyd{
		data: d, k: k, chunks: chunks, pool: newPool(min(threads, chunks), chunks),
		centers: make([]float64, size), next: make([]float64, size),
		labels: make([]int32, d.Points), dist: make([]float64, d.Points),
		sizes: make([]int, k), sums: make([]chunkSums, chunks),
	}
	for c := range l.sums {
		l.sums[c] = chunkSums{sums: make([]float64, size), counts: make([]int, k)}
	}
	l.assignBody = l.assignChunk
	return l
}

func (l *lloyd) close() { l.pool.close() }

// bounds are the points of a chunk: from..to-1.
func (l *lloyd) bounds(chunk int) (from, to int) {
	return chunk * l.data.Points / l.chunks, (chunk + 1) * l.data.Points / l.chunks
}

// iterate assigns every point to its nearest centre and moves each centre to
// the mean of its points. It returns the inertia before the move, the sum of
// squared moves, and whether any point changed its cluster.
func (l *lloyd) iterate() (inertia, shift float64, changed bool) {
	inertia, changed = l.assign()
	l.relocateEmpty()
	for c, size := range l.sizes {
		center := row(l.next, c, l.data.Features)
		if size == 0 {
			copy(center, row(l.centers, c, l.data.Features))
			continue
		}
		for f := range center {
			center[f] /= float64(size)
		}
		shift += squaredDistance(center, row(l.centers, c, l.data.Features))
	}
	l.centers, l.next = l.next, l.centers
	return inertia, shift, changed
}

// assign fills labels, dist, sizes and, in next, the sums of each cluster.
func (l *lloyd) assign() (inertia float64, changed bool) {
	l.pool.run(l.chunks, l.assignBody)
	clear(l.next)
	clear(l.sizes)
	for i := range l.sums {
		s := &l.sums[i]
		inertia += s.inertia
		changed = changed || s.changed
		addTo(l.next, s.sums)
		for c, n := range s.counts {
			l.sizes[c] += n
		}
	}
	return inertia, changed
}

func (l *lloyd) assignChunk(chunk int) {
	s := &l.sums[chunk]
	clear(s.sums)
	clear(s.counts)
	inertia, changed := 0.0, false
	from, to := l.bounds(chunk)
	for i := from; i < to; i++ {
		point := l.data.Row(i)
		label, d := nearest(point, l.centers)
		changed = changed || l.labels[i] != label
		l.labels[i], l.dist[i] = label, d
		inertia += d
		s.counts[label]++
		addTo(row(s.sums, int(label), len(point)), point)
	}
	s.inertia, s.changed = inertia, changed
}

// relocateEmpty gives each cluster without points the point that is farthest
// from its centre, taken from a cluster that keeps at least one. Where all
// points lie on centres there is nothing to gain, and the cluster stays empty.
func (l *lloyd) relocateEmpty() {
	for c, size := range l.sizes {
		if size > 0 {
			continue
		}
		far := -1
		for i, d := range l.dist {
			if d > 0 && l.sizes[l.labels[i]] > 1 && (far < 0 || d > l.dist[far]) {
				far = i
			}
		}
		if far < 0 {
			return
		}
		point, donor := l.data.Row(far), l.labels[far]
		for f, v := range row(l.next, int(donor), len(point)) {
			l.next[int(donor)*len(point)+f] = v - point[f]
		}
		copy(row(l.next, c, len(point)), point)
		l.sizes[donor]--
		l.sizes[c]++
		l.labels[far], l.dist[far] = int32(c), 0
	}
}

// finish assigns the points to the final centres and fills in the model.
func (l *lloyd) finish(m *Model) {
	m.Inertia, _ = l.assign()
	m.Labels = slices.Clone(l.labels)
	m.Sizes = slices.Clone(l.sizes)
	m.Centers = make([][]float64, l.k)
	for c := range m.Centers {
		m.Centers[c] = slices.Clone(row(l.centers, c, l.data.Features))
	}
}

// meanVariance is the mean over the features of their variance.
func (l *lloyd) meanVariance() float64 {
	n, features := float64(l.data.Points), l.data.Features
	mean := make([]float64, features)
	for i := range l.data.Points {
		addTo(mean, l.data.Row(i))
	}
	for f := range mean {
		mean[f] /= n
	}
	sum := 0.0
	for i := range l.data.Points {
		sum += squaredDistance(l.data.Row(i), mean)
	}
	return sum / n / float64(features)
}
