package vision

import (
	"image"
	"math/bits"
)

// Corner is a pixel where two edges meet.
type Corner struct {
	X, Y int
	// Score is the largest threshold at which the pixel is a corner: 0..254.
	Score int
}

// DefaultCornerThreshold is what OpenCV's examples use, in gray levels.
const DefaultCornerThreshold = 20

// arc is how many neighboring pixels of the circle must differ.
const arc = 9

// circle of 16 pixels with radius 3, clockwise from below the center.
var circle = [16]image.Point{
	{X: 0, Y: 3}, {X: 1, Y: 3}, {X: 2, Y: 2}, {X: 3, Y: 1}, {X: 3, Y: 0}, {X: 3, Y: -1}, {X: 2, Y: -2}, {X: 1, Y: -3},
	{X: 0, Y: -3}, {X: -1, Y: -3}, {X: -2, Y: -2}, {X: -3, Y: -1}, {X: -3, Y: 0}, {X: -3, Y: 1}, {X: -2, Y: 2}, {X: -1, Y: 3},
}

// radius of the circle.
const radius = 3

// Corners finds corners by FAST-9 (Rosten and Drummond 2006): pixels of which
// nine neighbors in a row on a circle of 16 are all brighter or all darker by
// more than threshold, 0..254 gray levels. Of corners that touch only the best
// is kept, none of several that are equal. They come row by row. Pixels and
// scores are those of cv2.FastFeatureDetector.
func Corners(g *image.Gray, threshold int) []Corner {
	f := newFast(g, threshold)
	var found []Corner
	for y := radius; y < f.height-radius; y++ {
		found = f.row(y, found)
	}
	kept := found[:0]
	for _, c := range found {
		if f.isBest(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

type fast struct {
	g             *image.Gray
	width, height int
	threshold     int
	offsets       [16]int
	scores        []byte // of each pixel; 0 where there is no corner
}

func newFast(g *image.Gray, threshold int) *fast {
	f := &fast{g: g, width: g.Rect.Dx(), height: g.Rect.Dy(), threshold: threshold}
	for i, p := range circle {
		f.offsets[i] = p.Y*g.Stride + p.X
	}
	f.scores = make([]byte, f.width*f.height)
	return f
}

// row looks at the pixels of row y, eight at a time: of two opposite pixels of
// the circle each arc has at least one, and most pixels end with that.
func (f *fast) row(y int, found []Corner) []Corner {
	o, pix, threshold := &f.offsets, f.g.Pix, beyond(f.threshold)
	x := radius
	for ; x+8 <= f.width-radius; x += 8 {
		at := y*f.g.Stride + x
		even, odd := differFromEither(pix, at, o[0], o[8], threshold)
		if even|odd == 0 {
			continue
		}
		otherEven, otherOdd := differFromEither(pix, at, o[4], o[12], threshold)
		// The top bits of the lanes become two neighboring bits.
		candidates := even&otherEven>>15 | odd&otherOdd>>14
		for ; candidates != 0; candidates &= candidates - 1 {
			bit := bits.TrailingZeros64(candidates)
			found = f.look(x+bit/16*2+bit%16, y, found)
		}
	}
	for ; x < f.width-radius; x++ {
		found = f.look(x, y, found)
	}
	return found
}

// differFromEither tells which of the eight pixels differ from the one at
// offset a or the one at offset b, as differ does.
func differFromEither(pix []byte, at, a, b int, threshold uint64) (even, odd uint64) {
	even, odd = load(pix[at:])
	aEven, aOdd := load(pix[at+a:])
	bEven, bOdd := load(pix[at+b:])
	return differ(even, aEven, threshold) | differ(even, bEven, threshold), differ(odd, aOdd, threshold) | differ(odd, bOdd, threshold)
}

// look notes the pixel if it is a corner.
func (f *fast) look(x, y int, found []Corner) []Corner {
	at := y*f.g.Stride + x
	if !f.canBeCorner(at) {
		return found
	}
	score := f.score(at)
	if score < f.threshold {
		return found
	}
	f.scores[y*f.width+x] = byte(score)
	return append(found, Corner{X: x, Y: y, Score: score})
}

// canBeCorner looks at four pairs of opposite pixels.
func (f *fast) canBeCorner(at int) bool {
	v := int(f.g.Pix[at])
	bright, dark := true, true
	for i := range 4 {
		a, b := int(f.g.Pix[at+f.offsets[2*i]])-v, int(f.g.Pix[at+f.offsets[2*i+8]])-v
		bright = bright && max(a, b) > f.threshold
		dark = dark && min(a, b) < -f.threshold
	}
	return bright || dark
}

// score is the largest threshold at which the pixel is a corner, or -1.
func (f *fast) score(at int) int {
	var d [16 + arc - 1]int
	v := int(f.g.Pix[at])
	for i := range d {
		d[i] = int(f.g.Pix[at+f.offsets[i%16]]) - v
	}
	best := 0
	for begin := range 16 {
		low, high := d[begin], d[begin]
		for _, difference := range d[begin+1 : begin+arc] {
			low, high = min(low, difference), max(high, difference)
		}
		best = max(best, low, -high)
	}
	return best - 1
}

// isBest reports whether no corner that touches is as good.
func (f *fast) isBest(c Corner) bool {
	for y := c.Y - 1; y <= c.Y+1; y++ {
		for x := c.X - 1; x <= c.X+1; x++ {
			if (x != c.X || y != c.Y) && int(f.scores[y*f.width+x]) >= c.Score {
				return false
			}
		}
	}
	return true
}
