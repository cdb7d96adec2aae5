package vision

import "image"

// Orientation says where the first row and the first column of the stored
// picture are in the upright one, as EXIF counts: 1..8.
type Orientation uint8

// The orientations.
const (
	TopLeft     Orientation = iota + 1 // upright
	TopRight                           // mirrored
	BottomRight                        // turned by 180°
	BottomLeft                         // upside down, mirrored
	LeftTop                            // mirrored, and turned
	RightTop                           // to be turned clockwise by 90°
	RightBottom                        // mirrored, and turned
	LeftBottom                         // to be turned counterclockwise by 90°
)

// SwapsSides reports whether the upright picture is as wide as the stored one
// is high.
func (o Orientation) SwapsSides() bool { return o >= LeftTop }

// Upright turns a picture stored in the orientation. One that is upright is
// returned as it is.
func Upright(p *image.YCbCr, o Orientation) *image.YCbCr {
	if o <= TopLeft || o > LeftBottom {
		return p
	}
	width, height := p.Rect.Dx(), p.Rect.Dy()
	if o.SwapsSides() {
		width, height = height, width
	}
	turned := newPicture(width, height)
	turnPlane(turned.Y, p.Y, p.YStride, width, height, o)
	turnPlane(turned.Cb, p.Cb, p.CStride, width, height, o)
	turnPlane(turned.Cr, p.Cr, p.CStride, width, height, o)
	return turned
}

// turnPlane fills dst, width×height and upright, from src.
func turnPlane(dst, src []byte, stride, width, height int, o Orientation) {
	// src[start+x*right+y*down] is the pixel x, y.
	start, right, down := 0, 1, stride
	lastX, lastY := width-1, height-1
	switch o {
	case TopRight:
		start, right = lastX, -1
	case BottomRight:
		start, right, down = lastY*stride+lastX, -1, -stride
	case BottomLeft:
		start, down = lastY*stride, -stride
	case LeftTop:
		right, down = stride, 1
	case RightTop:
		start, right, down = lastX*stride, -stride, 1
	case RightBottom:
		start, right, down = lastX*stride+lastY, -stride, -1
	case LeftBottom:
		start, right, down = lastY, stride, -1
	}
	for y := range height {
		at := start + y*down
		for x := range dst[y*width : (y+1)*width] {
			dst[y*width+x] = src[at]
			at += right
		}
	}
}
