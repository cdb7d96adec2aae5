package vision

import (
	"image"
	"image/color"
	"image/draw"
)

// newPicture makes a gray picture of the size, as the package has them.
func newPicture(width, height int) *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio444)
	fill(p.Cb, neutral)
	fill(p.Cr, neutral)
	return p
}

// neutral is the chroma of gray.
const neutral = 128

func fill(plane []byte, value byte) {
	for i := range plane {
		plane[i] = value
	}
}

// Luma is the picture's gray one. It shares the picture's memory.
func Luma(p *image.YCbCr) *image.Gray {
	return &image.Gray{Pix: p.Y, Stride: p.YStride, Rect: p.Rect}
}

// rows reads a picture of any type row by row, as luma and chroma over white.
type rows struct {
	img    image.Image
	bounds image.Rectangle
	// band holds some rows of what has no reader of its own.
	band *image.RGBA
}

// bandRows is how many rows are converted at a time.
const bandRows = 16

func newRows(img image.Image) *rows {
	r := &rows{img: img, bounds: img.Bounds()}
	switch img.(type) {
	case *image.NRGBA, *image.RGBA, *image.Paletted:
	default:
		r.band = image.NewRGBA(image.Rect(0, 0, r.bounds.Dx(), bandRows))
	}
	return r
}

// read fills the three rows, each as long as the picture is wide, with row i.
func (r *rows) read(i int, y, cb, cr []byte) {
	at := r.bounds.Min.Y + i
	switch img := r.img.(type) {
	case *image.NRGBA:
		fromNRGBA(img.Pix[img.PixOffset(r.bounds.Min.X, at):], y, cb, cr)
	case *image.RGBA:
		fromRGBA(img.Pix[img.PixOffset(r.bounds.Min.X, at):], y, cb, cr)
	case *image.Paletted:
		fromPaletted(img.Pix[img.PixOffset(r.bounds.Min.X, at):], img.Palette, y, cb, cr)
	default:
		if i%bandRows == 0 {
			draw.Draw(r.band, r.band.Rect, image.White, image.Point{}, draw.Src)
			draw.Draw(r.band, r.band.Rect, img, image.Pt(r.bounds.Min.X, at), draw.Over)
		}
		fromRGBA(r.band.Pix[i%bandRows*r.band.Stride:], y, cb, cr)
	}
}

func fromNRGBA(pix, y, cb, cr []byte) {
	for x := range y {
		p := pix[4*x : 4*x+4 : 4*x+4]
		red, green, blue := p[0], p[1], p[2]
		if a := uint32(p[3]); a != 255 {
			over := func(c byte) byte { return byte((uint32(c)*a + 255*(255-a) + 127) / 255) }
			red, green, blue = over(red), over(green), over(blue)
		}
		y[x], cb[x], cr[x] = color.RGBToYCbCr(red, green, blue)
	}
}

func fromRGBA(pix, y, cb, cr []byte) {
	for x := range y {
		p := pix[4*x : 4*x+4 : 4*x+4]
		white := 255 - p[3] // premultiplied: what is missing is white
		y[x], cb[x], cr[x] = color.RGBToYCbCr(p[0]+white, p[1]+white, p[2]+white)
	}
}

func fromPaletted(pix []byte, palette color.Palette, y, cb, cr []byte) {
	var colors [256][3]byte
	for i := range min(len(palette), 256) {
		c := color.NRGBAModel.Convert(palette[i]).(color.NRGBA)
		fromNRGBA([]byte{c.R, c.G, c.B, c.A}, colors[i][0:1], colors[i][1:2], colors[i][2:3])
	}
	for x := range y {
		c := &colors[pix[x]]
		y[x], cb[x], cr[x] = c[0], c[1], c[2]
	}
}
