package vision

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSumOfBytesIsThatOfAddingThemUp(t *testing.T) {
	t.Parallel()
	p := make([]byte, 65535)
	fill(p, 255)
	for _, n := range []int{0, 1, 7, 8, 9, 1023, 1024, 1025, 1032, 65535} {
		assert.Equal(t, uint32(255*n), sumBytes(p[:n]), "%d bytes", n)
	}
}

func TestLanesDifferAsTheirPixelsDo(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 4))
	for range 20_000 {
		var a, b [8]byte
		threshold := rng.IntN(255)
		for i := range a {
			a[i], b[i] = byte(rng.Uint32()), byte(rng.Uint32())
			if rng.IntN(2) == 0 {
				b[i] = byte(int(a[i]) + threshold + rng.IntN(3) - 1) // around the threshold, or far off
			}
		}
		aEven, aOdd := load(a[:])
		bEven, bOdd := load(b[:])
		even, odd := differ(aEven, bEven, beyond(threshold)), differ(aOdd, bOdd, beyond(threshold))
		for i := range a {
			d := int(a[i]) - int(b[i])
			got := []uint64{even, odd}[i%2]>>(16*(i/2)+15)&1 == 1
			require.Equal(t, max(d, -d) > threshold, got, "%d and %d, threshold %d", a[i], b[i], threshold)
		}
	}
}
