package vision

import (
	"encoding/binary"
	"image"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stored is how a camera held so that EXIF says o stores an upright picture.
func stored(upright *image.RGBA, o Orientation) *image.RGBA {
	width, height := upright.Rect.Dx(), upright.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	if o.SwapsSides() {
		out = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			right, bottom := width-1-x, height-1-y
			// By what EXIF says of row 0 and column 0.
			at := map[Orientation]image.Point{
				TopLeft: {X: x, Y: y}, TopRight: {X: right, Y: y}, BottomRight: {X: right, Y: bottom}, BottomLeft: {X: x, Y: bottom},
				LeftTop: {X: y, Y: x}, RightTop: {X: y, Y: right}, RightBottom: {X: bottom, Y: right}, LeftBottom: {X: bottom, Y: x},
			}[o]
			out.SetRGBA(at.X, at.Y, upright.RGBAAt(x, y))
		}
	}
	return out
}

func TestRotatedPhotoIsTurnedUpright(t *testing.T) {
	t.Parallel()
	upright := scene(11, 90, 62)
	want := Shrink(upright, 90, 62)
	for o := TopLeft; o <= LeftBottom; o++ {
		exif := orientationEXIF(o, binary.BigEndian, "MM")
		p, err := Decode(withEXIF(asPNG(t, stored(upright, o)), exif), DecodeOptions{})
		require.NoError(t, err)
		assert.Equal(t, o, p.Orientation)
		assert.Equal(t, want, p.Picture, "orientation %d of a png", o)
		p, err = Decode(withEXIF(asJPEG(t, stored(upright, o), 95), exif), DecodeOptions{})
		require.NoError(t, err)
		assert.Equal(t, o, p.Orientation)
		assert.Less(t, largestDifference(t, Luma(want), Luma(p.Picture)), 24, "orientation %d of a jpeg", o)
		rose := moduleFile(t, webpModule, "testdata/yellow_rose.lossy.webp")
		h, err := ReadHeader(withEXIF(rose, exif))
		require.NoError(t, err)
		assert.Equal(t, o, h.Orientation, "of a webp")
	}
}

func TestOrientationIsReadInBothByteOrders(t *testing.T) {
	t.Parallel()
	for o := TopLeft; o <= LeftBottom; o++ {
		assert.Equal(t, o, exifOrientation(orientationEXIF(o, binary.LittleEndian, "II")))
		assert.Equal(t, o, exifOrientation(orientationEXIF(o, binary.BigEndian, "MM")))
	}
}

func TestBrokenEXIFLeavesThePhotoAsItIs(t *testing.T) {
	t.Parallel()
	good := orientationEXIF(RightTop, binary.LittleEndian, "II")
	for n := range 8 + 2 + 2*entryBytes {
		assert.Equal(t, TopLeft, exifOrientation(good[:n]), "cut to %d bytes", n)
	}
	far := orientationEXIF(RightTop, binary.LittleEndian, "II")
	binary.LittleEndian.PutUint32(far[4:], 0xffffffff)
	assert.Equal(t, TopLeft, exifOrientation(far))
	assert.Equal(t, TopLeft, exifOrientation(orientationEXIF(9, binary.LittleEndian, "II")))
	assert.Equal(t, TopLeft, exifOrientation(orientationEXIF(0, binary.LittleEndian, "II")))
	assert.Equal(t, TopLeft, exifOrientation([]byte("neither of the two")))
}
