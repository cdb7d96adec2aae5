package filestorevolume

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestASizeServesAsManyClientsAsFilestoreSays(t *testing.T) {
	t.Parallel()
	for gib, want := range map[int]int{
		100: 195, 255: 498, 256: 500, 511: 500, 1024: 2000, 2560: 5000,
		9984:      19500, // the most of the lower range
		10 * 1024: 8000, 12800: 10000,
		100 * 1024: 80000, // the most of the upper one
	} {
		assert.Equal(t, want, clientsOf(gib), gib)
	}
}

func TestSizesOfATier(t *testing.T) {
	t.Parallel()
	fits := func(tier Tier, gib int) bool {
		for _, s := range ranges[tier] {
			if s.has(gib) {
				return true
			}
		}
		return false
	}
	for _, gib := range []int{1024, 1280, 9984, 10240, 12800, 102400} {
		assert.True(t, fits(TierZonal, gib), gib)
	}
	for _, gib := range []int{0, 100, 1023, 1025, 10239, 10241, 10496, 104960} {
		assert.False(t, fits(TierZonal, gib), gib)
	}
	for _, gib := range []int{100, 1023, 10239, 10240, 102400} {
		assert.True(t, fits(TierRegional, gib), gib)
	}
	for _, gib := range []int{99, 10241, 104960} {
		assert.False(t, fits(TierRegional, gib), gib)
	}
}
