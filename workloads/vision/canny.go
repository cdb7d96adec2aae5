package vision

import (
	"fmt"
	"image"
)

// EdgeOptions are the thresholds of Canny's edges, on the sum of the absolute
// gradients across and down, 0..2040.
type EdgeOptions struct {
	// Low: what is above it and joined to a strong edge is an edge too.
	Low int
	// High: what is above it is a strong edge; not below Low.
	High int
}

// DefaultEdges are the thresholds that OpenCV's examples use.
var DefaultEdges = EdgeOptions{Low: 50, High: 150}

// Check returns what is wrong with the options, or nil.
func (o EdgeOptions) Check() error {
	if o.Low < 0 || o.High < o.Low || o.High > 2040 {
		return fmt.Errorf("thresholds of edges are %d and %d, want 0 <= low <= high <= 2040", o.Low, o.High)
	}
	return nil
}

// Edges finds edges one pixel wide (Canny 1986): 255 where there is one, else
// 0. The picture is not smoothed first. Gradients, norm and directions are
// those of cv2.Canny with a 3×3 aperture and the L1 norm, and so are the edges,
// pixel by pixel.
func Edges(g *image.Gray, o EdgeOptions) *image.Gray {
	c := newCanny(g, o)
	for y := range c.height + 1 {
		if y < c.height {
			c.gradient(y)
		}
		if y > 0 {
			c.thin(y - 1)
		}
	}
	c.follow()
	return c.result()
}

// What a pixel is.
const (
	notEdge  = 0
	weakEdge = 1
	edge     = 2
)

type canny struct {
	options       EdgeOptions
	width, height int
	sobel         *sobelRows
	// Rings of the last rows: three of magnitudes, with a zero at each side,
	// and two of gradients.
	magnitude    [3][]int32
	across, down [2][]int16
	// state of each pixel, with a border of notEdge around.
	state  []byte
	stride int
	stack  []int // edges whose neighbors were not looked at
}

func newCanny(g *image.Gray, o EdgeOptions) *canny {
	c := &canny{options: o, width: g.Rect.Dx(), height: g.Rect.Dy(), sobel: newSobelRows(g)}
	c.stride = c.width + 2
	c.state = make([]byte, c.stride*(c.height+2))
	for i := range c.magnitude {
		c.magnitude[i] = make([]int32, c.width+2)
	}
	for i := range c.across {
		c.across[i], c.down[i] = make([]int16, c.width), make([]int16, c.width)
	}
	return c
}

// gradient computes row y.
func (c *canny) gradient(y int) {
	across, down := c.across[y%2], c.down[y%2]
	c.sobel.compute(y, across, down)
	magnitude := c.magnitude[y%3][1 : 1+c.width]
	down = down[:len(across)]
	magnitude = magnitude[:len(across)]
	for x, gx := range across {
		magnitude[x] = abs(int32(gx)) + abs(int32(down[x]))
	}
}

func abs(v int32) int32 {
	sign := v >> 31
	return (v ^ sign) - sign
}

// thin keeps of row y what is larger than its two neighbors along the
// gradient. Rows outside the picture have no gradient.
func (c *canny) thin(y int) {
	here := c.magnitude[y%3]
	above, below := c.magnitude[(y+2)%3], c.magnitude[(y+1)%3]
	if y == 0 {
		above = make([]int32, c.width+2)
	}
	if y == c.height-1 {
		below = make([]int32, c.width+2)
	}
	across, down := c.across[y%2], c.down[y%2]
	state := c.state[(y+1)*c.stride:]
	low, high := int32(c.options.Low), int32(c.options.High)
	for x := 1; x <= c.width; x++ {
		m := here[x]
		if m <= low || !isPeak(m, int32(across[x-1]), int32(down[x-1]), x, above, here, below) {
			continue
		}
		state[x] = weakEdge
		if m > high {
			state[x] = edge
			c.stack = append(c.stack, (y+1)*c.stride+x)
		}
	}
}

// tan22 is the tangent of 22.5°, in units of 1/32768, as OpenCV rounds it.
const (
	tan22      = 13573
	tanShift   = 15
	tan67Shift = tanShift + 1 // tan 67.5° is tan 22.5° and 2
)

// isPeak compares a magnitude with its neighbors along the gradient, rounded
// to 45°. Of two that are equal the first is kept.
func isPeak(m, gx, gy int32, x int, above, here, below []int32) bool {
	dx, dy := int64(abs(gx)), int64(abs(gy))<<tanShift
	flat := dx * tan22
	if dy < flat {
		return m > here[x-1] && m >= here[x+1]
	}
	if dy > flat+dx<<tan67Shift {
		return m > above[x] && m >= below[x]
	}
	if gx^gy < 0 {
		return m > above[x+1] && m > below[x-1]
	}
	return m > above[x-1] && m > below[x+1]
}

// follow makes edges of the weak ones that are joined to an edge.
func (c *canny) follow() {
	around := [8]int{-c.stride - 1, -c.stride, -c.stride + 1, -1, 1, c.stride - 1, c.stride, c.stride + 1}
	for len(c.stack) > 0 {
		at := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		for _, d := range around {
			if c.state[at+d] == weakEdge {
				c.state[at+d] = edge
				c.stack = append(c.stack, at+d)
			}
		}
	}
}

func (c *canny) result() *image.Gray {
	out := image.NewGray(image.Rect(0, 0, c.width, c.height))
	for y := range c.height {
		to := out.Pix[y*c.width : (y+1)*c.width]
		from := c.state[(y+1)*c.stride+1:][:len(to)]
		for x, state := range from {
			to[x] = byte(int8(state<<6) >> 7) // the bit of edge, eight times
		}
	}
	return out
}

// Density is the share of pixels that are not 0: 0..1.
func Density(g *image.Gray) float64 {
	width, height := g.Rect.Dx(), g.Rect.Dy()
	n := 0
	for y := range height {
		for _, v := range g.Pix[y*g.Stride : y*g.Stride+width] {
			if v != 0 {
				n++
			}
		}
	}
	return float64(n) / float64(width*height)
}
