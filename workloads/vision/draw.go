package vision

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Colors of marks.
var (
	faceColor   = color.RGBA{R: 255, G: 64, B: 0, A: 255}
	cornerColor = color.RGBA{R: 0, G: 220, B: 60, A: 255}
	edgeColor   = color.RGBA{R: 0, G: 160, B: 255, A: 255}
	labelColor  = color.RGBA{A: 255}
)

// Marks are what Annotate draws, in pixels of the picture.
type Marks struct {
	Faces   []Face
	Corners []Corner
	// Edges are as from Edges, as large as the picture; nil: none.
	Edges *image.Gray
}

// Annotate draws marks on a copy of the picture: edges in blue, corners in
// green, faces in orange with their scores.
func Annotate(p *image.YCbCr, m Marks) *image.RGBA {
	out := image.NewRGBA(p.Rect)
	draw.Draw(out, out.Rect, p, p.Rect.Min, draw.Src)
	if m.Edges != nil {
		drawEdges(out, m.Edges)
	}
	for _, c := range m.Corners {
		fillRect(out, image.Rect(c.X-1, c.Y-1, c.X+2, c.Y+2), cornerColor)
	}
	for _, f := range m.Faces {
		box := image.Rect(f.X, f.Y, f.X+f.Side, f.Y+f.Side)
		outline(out, box, max(2, f.Side/50), faceColor)
		label(out, box.Min.X, box.Min.Y, fmt.Sprintf(" %.0f ", f.Score), faceColor)
	}
	return out
}

func drawEdges(out *image.RGBA, edges *image.Gray) {
	for y := range edges.Rect.Dy() {
		for x, v := range edges.Pix[y*edges.Stride : y*edges.Stride+edges.Rect.Dx()] {
			if v != 0 {
				out.SetRGBA(x, y, edgeColor)
			}
		}
	}
}

func fillRect(out *image.RGBA, r image.Rectangle, c color.RGBA) {
	draw.Draw(out, r.Intersect(out.Rect), image.NewUniform(c), image.Point{}, draw.Src)
}

// outline draws a rectangle's border, inside it.
func outline(out *image.RGBA, r image.Rectangle, thick int, c color.RGBA) {
	fillRect(out, image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+thick), c)
	fillRect(out, image.Rect(r.Min.X, r.Max.Y-thick, r.Max.X, r.Max.Y), c)
	fillRect(out, image.Rect(r.Min.X, r.Min.Y, r.Min.X+thick, r.Max.Y), c)
	fillRect(out, image.Rect(r.Max.X-thick, r.Min.Y, r.Max.X, r.Max.Y), c)
}

// labelHeight is that of a line of text, in pixels.
const labelHeight = 13

// label writes text on a ground of the color, its upper left corner at x, y.
func label(out *image.RGBA, x, y int, text string, ground color.RGBA) {
	face := basicfont.Face7x13
	width := font.MeasureString(face, text).Ceil()
	fillRect(out, image.Rect(x, y, x+width, y+labelHeight), ground)
	d := font.Drawer{Dst: out, Src: image.NewUniform(labelColor), Face: face, Dot: fixed.P(x, y+face.Ascent)}
	d.DrawString(text)
}

// JPEGQuality of the pictures that are written: 1..100.
const JPEGQuality = 85

// EncodeJPEG writes a picture. A YCbCr one is not converted.
func EncodeJPEG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: JPEGQuality}); err != nil {
		return nil, fmt.Errorf("encoding a picture of %v: %w", img.Bounds().Size(), err)
	}
	return b.Bytes(), nil
}
