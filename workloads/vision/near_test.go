package vision

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// families are hashes of photos, each with copies a few bits away.
func families(rng *rand.Rand, photos, copies, bits int) []Hash {
	var hashes []Hash
	for range photos {
		h := Hash(rng.Uint64())
		hashes = append(hashes, h)
		for range copies {
			near := h
			for range rng.IntN(bits + 1) {
				near ^= 1 << rng.IntN(64)
			}
			hashes = append(hashes, near)
		}
	}
	rng.Shuffle(len(hashes), func(i, j int) { hashes[i], hashes[j] = hashes[j], hashes[i] })
	return hashes
}

// groupsByEachPair is what Groups must give, found by comparing each with each.
func groupsByEachPair(hashes []Hash, radius int) [][]int {
	s := newSets(len(hashes))
	for i, a := range hashes {
		for j := range i {
			if a.Distance(hashes[j]) <= radius {
				s.join(i, j)
			}
		}
	}
	members := map[int][]int{}
	for i := range hashes {
		members[s.root(i)] = append(members[s.root(i)], i)
	}
	var groups [][]int
	for i := range hashes {
		if m := members[i]; len(m) > 1 {
			groups = append(groups, m)
		}
	}
	return groups
}

func TestGroupsAreThoseOfComparingEachWithEach(t *testing.T) {
	t.Parallel()
	for radius := range MaxRadius + 1 {
		t.Run(fmt.Sprint("radius ", radius), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(radius), 2))
			hashes := families(rng, 120, 3, radius+3)
			want := groupsByEachPair(hashes, radius)
			require.NotEmpty(t, want)
			got, err := Groups(t.Context(), hashes, radius)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestEachNearPairIsFoundOnce(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 2))
	for _, radius := range []int{0, 3, 7, 10, 16} {
		seen := map[Hash]bool{}
		var distinct []Hash
		for _, h := range families(rng, 60, 4, radius+2) {
			if !seen[h] {
				seen[h] = true
				distinct = append(distinct, h)
			}
		}
		n := newNear(distinct, radius)
		for i, h := range distinct {
			want, got := map[int]int{}, map[int]int{}
			for j := i + 1; j < len(distinct); j++ {
				if d := h.Distance(distinct[j]); d <= radius {
					want[j] = d
				}
			}
			n.after(i, func(j, distance int) {
				assert.NotContains(t, got, j, "found twice")
				got[j] = distance
			})
			assert.Equal(t, want, got)
		}
	}
}

func TestGroupsOfFewHashes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hashes []Hash
		radius int
		want   [][]int
	}{
		"none":              {nil, 8, nil},
		"one":               {[]Hash{5}, 8, nil},
		"the same":          {[]Hash{5, 5, 9, 5}, 0, [][]int{{0, 1, 3}}},
		"just within":       {[]Hash{0, 0xff}, 8, [][]int{{0, 1}}},
		"just outside":      {[]Hash{0, 0x1ff}, 8, nil},
		"a chain":           {[]Hash{0, 0xffff, 0xff}, 8, [][]int{{0, 1, 2}}},
		"spread over 64":    {[]Hash{0, 0x8001800180018001}, 8, [][]int{{0, 1}}},
		"two groups":        {[]Hash{7 << 61, 0, 7<<61 | 1, 2}, 1, [][]int{{0, 2}, {1, 3}}},
		"in the last chunk": {[]Hash{0xffff << 48, 0}, 16, [][]int{{0, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Groups(t.Context(), c.hashes, c.radius)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestGroupsRefusesARadiusItCannotSearch(t *testing.T) {
	t.Parallel()
	for _, radius := range []int{-1, MaxRadius + 1} {
		_, err := Groups(t.Context(), nil, radius)
		assert.ErrorContains(t, err, "want 0..16")
	}
}

func TestGroupsStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Groups(ctx, []Hash{1, 2}, 8)
	assert.ErrorIs(t, err, context.Canceled)
}

// A search that compares each with each compares with half of all.
func TestSearchComparesWithASmallShare(t *testing.T) {
	t.Parallel()
	const photos = 20_000
	hashes := families(rand.New(rand.NewPCG(1, 2)), photos, 0, 0)
	for radius, most := range map[int]float64{4: 0.001, 8: 0.0035, 12: 0.02} {
		n := newNear(hashes, radius)
		compared := 0
		for _, h := range hashes {
			for c := range n.tables {
				for _, mask := range n.tables[c].masks {
					v := int(chunkOf(h, c) ^ mask)
					compared += int(n.tables[c].begin[v+1] - n.tables[c].begin[v])
				}
			}
		}
		assert.Less(t, float64(compared)/photos/photos, most, "share compared with at radius %d", radius)
	}
}

func BenchmarkGroups(b *testing.B) {
	for _, photos := range []int{10_000, 100_000} {
		hashes := families(rand.New(rand.NewPCG(1, 2)), photos/2, 1, 6)
		for _, radius := range []int{4, 8, 12} {
			b.Run(fmt.Sprintf("%d hashes within %d", photos, radius), func(b *testing.B) {
				for b.Loop() {
					if _, err := Groups(b.Context(), hashes, radius); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
