package vision

import "image"

// Gradient is the change of luma across and down, by Sobel's 3×3 operator: at
// most 1020 either way.
type Gradient struct {
	Width, Height int
	// X and Y have a value for each pixel, row by row.
	X, Y []int16
}

// Sobel computes the gradient. Beyond the edge of the picture its outermost
// pixels go on, as in cv2.Canny.
func Sobel(g *image.Gray) Gradient {
	width, height := g.Rect.Dx(), g.Rect.Dy()
	out := Gradient{Width: width, Height: height, X: make([]int16, width*height), Y: make([]int16, width*height)}
	s := newSobelRows(g)
	for y := range height {
		s.compute(y, out.X[y*width:(y+1)*width], out.Y[y*width:(y+1)*width])
	}
	return out
}

// sobelRows computes gradients row by row.
type sobelRows struct {
	g *image.Gray
	// smooth and change of a row's columns, with one more at each side.
	smooth, change []int16
}

func newSobelRows(g *image.Gray) *sobelRows {
	width := g.Rect.Dx()
	return &sobelRows{g: g, smooth: make([]int16, width+2), change: make([]int16, width+2)}
}

// compute fills the gradient of row y.
func (s *sobelRows) compute(y int, across, down []int16) {
	width, height := s.g.Rect.Dx(), s.g.Rect.Dy()
	row := func(y int) []byte {
		y = min(max(y, 0), height-1)
		return s.g.Pix[y*s.g.Stride : y*s.g.Stride+width]
	}
	above, here, below := row(y-1), row(y), row(y+1)
	smooth, change := s.smooth[1:1+width], s.change[1:1+width]
	here, below, change = here[:len(above)], below[:len(above)], change[:len(above)]
	for x, a := range above {
		b := below[x]
		smooth[x] = int16(a) + 2*int16(here[x]) + int16(b)
		change[x] = int16(b) - int16(a)
	}
	s.smooth[0], s.smooth[width+1] = smooth[0], smooth[width-1]
	s.change[0], s.change[width+1] = change[0], change[width-1]
	left, middle, right := s.change[:width], s.change[1:1+width], s.change[2:2+width]
	before, after := s.smooth[:width], s.smooth[2:2+width]
	across, down = across[:width], down[:width]
	for x := range across {
		across[x] = after[x] - before[x]
		down[x] = left[x] + 2*middle[x] + right[x]
	}
}
