package vision

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
)

// MaxRadius is the largest distance that is searched: beyond it, hashes of
// pictures that have nothing in common are near each other.
const MaxRadius = 16

// chunks is into how many parts of chunkBits a hash is cut.
const (
	chunks    = 4
	chunkBits = 16
)

// near finds hashes near each other by multi-index hashing (Norouzi, Punjani
// and Fleet 2012): of two hashes within radius 4q+a, either one of the first
// a+1 chunks is within q, or one of the others within q-1. So it is enough to
// look up, chunk by chunk, the few values that are that near. It is exact, and
// a search takes a small share of all hashes as long as they are spread.
type near struct {
	hashes []Hash // distinct, ascending
	radius int
	tables [chunks]chunkTable
}

// chunkTable lists hashes by the value of one chunk.
type chunkTable struct {
	radius int      // -1: not searched
	begin  []uint32 // of each value, in order; one more at the end
	order  []uint32 // of hashes, by their index
	hashes []Hash   // in this order: a walk through memory instead of jumps
	masks  []uint16 // what a value may differ by
}

func newNear(hashes []Hash, radius int) *near {
	n := &near{hashes: hashes, radius: radius}
	for c := range n.tables {
		t := &n.tables[c]
		t.radius = radius / chunks
		if c > radius%chunks {
			t.radius--
		}
		t.fill(hashes, c)
		t.masks = masksWithin(t.radius)
	}
	return n
}

func chunkOf(h Hash, c int) uint16 { return uint16(h >> (c * chunkBits)) }

// fill sorts the hashes by the chunk, by counting.
func (t *chunkTable) fill(hashes []Hash, c int) {
	t.begin = make([]uint32, 1<<chunkBits+1)
	for _, h := range hashes {
		t.begin[int(chunkOf(h, c))+1]++
	}
	for i := range 1 << chunkBits {
		t.begin[i+1] += t.begin[i]
	}
	next := slices.Clone(t.begin)
	t.order, t.hashes = make([]uint32, len(hashes)), make([]Hash, len(hashes))
	for i, h := range hashes {
		v := chunkOf(h, c)
		t.order[next[v]], t.hashes[next[v]] = uint32(i), h
		next[v]++
	}
}

// masksWithin are the values of a chunk with at most as many bits set.
func masksWithin(radius int) []uint16 {
	var masks []uint16
	for m := range 1 << chunkBits {
		if bits.OnesCount16(uint16(m)) <= radius {
			masks = append(masks, uint16(m))
		}
	}
	return masks
}

// after calls found for each hash behind hash i that is near it, once.
func (n *near) after(i int, found func(j, distance int)) {
	h := n.hashes[i]
	for c := range n.tables {
		t := &n.tables[c]
		value := chunkOf(h, c)
		for _, mask := range t.masks {
			v := value ^ mask
			// Hashes of one value are in order: those before i were paired
			// with it when it was their turn.
			from, to := int(t.begin[v]), int(t.begin[int(v)+1])
			for k := to - 1; k >= from && int(t.order[k]) > i; k-- {
				other := t.hashes[k]
				if d := h.Distance(other); d <= n.radius && !n.foundBefore(h, other, c) {
					found(int(t.order[k]), d)
				}
			}
		}
	}
}

// foundBefore reports whether a chunk before c has led to the pair already.
func (n *near) foundBefore(a, b Hash, c int) bool {
	for e := range c {
		if bits.OnesCount16(chunkOf(a, e)^chunkOf(b, e)) <= n.tables[e].radius {
			return true
		}
	}
	return false
}

// Groups finds photos that look alike: each group is two or more indexes of
// hashes, ascending, that are joined by steps of at most radius bits
// (0..MaxRadius); groups come with their first index ascending. It is exact:
// no pair within the radius is ever in two groups. Two photos of one group can
// be farther apart than radius if others lie between them.
func Groups(ctx context.Context, hashes []Hash, radius int) ([][]int, error) {
	if radius < 0 || radius > MaxRadius {
		return nil, fmt.Errorf("radius is %d bits, want 0..%d", radius, MaxRadius)
	}
	distinct := slices.Clone(hashes)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	sets := newSets(len(distinct))
	n := newNear(distinct, radius)
	const checkEvery = 1024 // hashes: some milliseconds
	for i := range distinct {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("looking for near hashes, %d of %d done: %w", i, len(distinct), context.Cause(ctx))
		}
		n.after(i, func(j, _ int) { sets.join(i, j) })
	}
	members := map[int][]int{}
	for i, h := range hashes {
		at, _ := slices.BinarySearch(distinct, h)
		root := sets.root(at)
		members[root] = append(members[root], i)
	}
	var groups [][]int
	for _, m := range members {
		if len(m) > 1 {
			groups = append(groups, m)
		}
	}
	slices.SortFunc(groups, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return groups, nil
}

// sets are disjoint sets of 0..n-1.
type sets struct{ parent []int }

func newSets(n int) *sets {
	s := &sets{make([]int, n)}
	for i := range s.parent {
		s.parent[i] = i
	}
	return s
}

// root names the set that i is in, and shortens the way to it.
func (s *sets) root(i int) int {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

// join makes one set of two. The smaller root stays, which together with the
// shortened ways keeps them short.
func (s *sets) join(i, j int) {
	a, b := s.root(i), s.root(j)
	s.parent[max(a, b)] = min(a, b)
}
