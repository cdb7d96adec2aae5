package photos

import (
	"image"
	"math"
)

// rgb is a color; each part is 0..1, and what is beyond is cut when it is
// painted.
type rgb [3]float64

// hex is a color as pages write it, such as 0xff8800.
func hex(v uint32) rgb {
	return rgb{float64(v>>16&0xff) / 255, float64(v>>8&0xff) / 255, float64(v&0xff) / 255}
}

// mix goes from a to b as t goes from 0 to 1.
func mix(a, b rgb, t float64) rgb {
	t = clamp(t)
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

func (c rgb) scale(by float64) rgb { return rgb{c[0] * by, c[1] * by, c[2] * by} }

func (c rgb) plus(v float64) rgb { return rgb{c[0] + v, c[1] + v, c[2] + v} }

func clamp(v float64) float64 { return max(0, min(1, v)) }

// smooth goes from 0 to 1 between two values, without a corner. The first may
// be the larger one.
func smooth(from, to, v float64) float64 {
	t := clamp((v - from) / (to - from))
	return t * t * (3 - 2*t)
}

// scene tells the color at a point: v is 0..1 from top to bottom, u is in the
// same unit from left to right.
type scene func(u, v float64) rgb

// render paints a scene in pixels. The grain, as a film has, is a deviation of
// 0..1 and comes from the seed.
func render(s scene, width, height int, grain float64, from seed) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := s((float64(x)+.5)/float64(height), (float64(y)+.5)/float64(height))
			c = c.plus(grain * (from.at(x, y) - .5))
			at := img.PixOffset(x, y)
			for i, part := range c {
				img.Pix[at+i] = uint8(math.Round(255 * clamp(part)))
			}
			img.Pix[at+3] = 0xff
		}
	}
	return img
}

// ellipse is how far a point is from the middle of an ellipse: 1 on its edge.
func ellipse(u, v, atU, atV, radiusU, radiusV float64) float64 {
	return math.Hypot((u-atU)/radiusU, (v-atV)/radiusV)
}
