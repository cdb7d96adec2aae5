package vision

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func hashOf(t *testing.T, data []byte, longSide int) Hash {
	t.Helper()
	p, err := Decode(data, DecodeOptions{LongSide: longSide})
	require.NoError(t, err)
	h, ok := PerceptualHash(Luma(p.Picture))
	require.True(t, ok)
	return h
}

// changed is a copy of the picture with f of each channel.
func changed(img *image.RGBA, f func(v float64) float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = byte(min(max(f(float64(v)), 0), 255))
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out
}

func TestCopiesHaveNearlyTheSameHash(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		original := scene(100+seed, 320, 240)
		h := hashOf(t, asPNG(t, original), 0)
		small := Shrink(original, 160, 120)
		for name, c := range map[string]struct {
			data []byte
			most int
		}{
			"the same":          {asPNG(t, original), 0},
			"jpeg, quality 95":  {asJPEG(t, original, 95), 2},
			"jpeg, quality 75":  {asJPEG(t, original, 75), 2},
			"jpeg, quality 30":  {asJPEG(t, original, 30), 4},
			"half the size":     {asJPEG(t, small, 90), 2},
			"fainter":           {asJPEG(t, changed(original, func(v float64) float64 { return 64 + v/2 }), 90), 2},
			"darker":            {asJPEG(t, changed(original, func(v float64) float64 { return v * 0.8 }), 90), 2},
			"with another tone": {asJPEG(t, changed(original, func(v float64) float64 { return v * v / 255 }), 90), 16},
		} {
			assert.LessOrEqual(t, h.Distance(hashOf(t, c.data, 0)), c.most, "scene %d, %s", seed, name)
		}
	}
}

func TestOtherPicturesHaveOtherHashes(t *testing.T) {
	t.Parallel()
	var hashes []Hash
	sum, least, pairs := 0, 64, 0
	for seed := range uint64(60) {
		h := hashOf(t, asPNG(t, scene(200+seed, 96, 72)), 0)
		for _, other := range hashes {
			d := h.Distance(other)
			sum, least, pairs = sum+d, min(least, d), pairs+1
		}
		hashes = append(hashes, h)
	}
	assert.InDelta(t, 32, float64(sum)/float64(pairs), 3, "mean distance")
	assert.Greater(t, least, 8, "least distance of %d pairs", pairs)
}

func TestPictureWithoutStructureHasNoHash(t *testing.T) {
	t.Parallel()
	empty := image.NewGray(image.Rect(0, 0, 200, 100))
	fill(empty.Pix, 200)
	_, ok := PerceptualHash(empty)
	assert.False(t, ok, "one color")
	noisy := grayOf(changed(scene(1, 200, 100), func(v float64) float64 { return 100 + v/255 }))
	_, ok = PerceptualHash(noisy)
	assert.False(t, ok, "noise of one gray level")
	for i := range 100 {
		empty.SetGray(i, i, color.Gray{})
		empty.SetGray(i+60, 40, color.Gray{})
	}
	_, ok = PerceptualHash(empty)
	assert.True(t, ok, "with a line")
}

func TestHashIsWrittenAndReadAsText(t *testing.T) {
	t.Parallel()
	h := Hash(0x0123456789abcdef)
	text, err := h.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "efcdab8967452301", string(text))
	var read Hash
	require.NoError(t, read.UnmarshalText(text))
	assert.Equal(t, h, read)
	require.ErrorContains(t, read.UnmarshalText([]byte("12")), `hash "12" has 2 characters, want 16`)
	require.ErrorContains(t, read.UnmarshalText([]byte("zfcdab8967452301")), "zfcdab8967452301")
	assert.Equal(t, h, read, "a faulty text changes nothing")
}
