package vision

import (
	"fmt"
	"image"
)

// Shrink makes a picture of width×height pixels, both at least 1, of any
// image. Each pixel is the average of the area it covers, rounded: nothing is
// missed and nothing rings, and so it does not depend on where an edge falls
// between pixels. Of luma and chroma planes each is shrunk by itself.
func Shrink(img image.Image, width, height int) *image.YCbCr {
	if width < 1 || height < 1 {
		panic(fmt.Sprintf("vision: Shrink to %d×%d pixels", width, height))
	}
	p := newPicture(width, height)
	b := img.Bounds()
	switch img := img.(type) {
	case *image.Gray:
		shrinkPlane(p.Y, width, height, img.Pix[img.PixOffset(b.Min.X, b.Min.Y):], b.Dx(), b.Dy(), img.Stride)
	case *image.YCbCr:
		shrinkPlane(p.Y, width, height, img.Y[img.YOffset(b.Min.X, b.Min.Y):], b.Dx(), b.Dy(), img.YStride)
		// Where the size is odd the last sample covers half a pixel beyond the
		// edge, which is neglected.
		c := img.COffset(b.Min.X, b.Min.Y)
		across := img.COffset(b.Max.X-1, b.Min.Y) - c + 1
		down := (img.COffset(b.Min.X, b.Max.Y-1)-c)/img.CStride + 1
		shrinkPlane(p.Cb, width, height, img.Cb[c:], across, down, img.CStride)
		shrinkPlane(p.Cr, width, height, img.Cr[c:], across, down, img.CStride)
	default:
		shrinkRows(p, newRows(img))
	}
	return p
}

// shrinkRows shrinks three planes whose rows are made one by one.
func shrinkRows(p *image.YCbCr, source *rows) {
	wide, high := source.bounds.Dx(), source.bounds.Dy()
	var scalers [3]*areaScaler
	var row [3][]byte
	for i, plane := range [][]byte{p.Y, p.Cb, p.Cr} {
		scalers[i] = newAreaScaler(plane, p.Rect.Dx(), p.Rect.Dy(), wide, high)
		row[i] = make([]byte, wide)
	}
	for y := range high {
		source.read(y, row[0], row[1], row[2])
		for i, s := range scalers {
			s.feed(row[i])
		}
	}
}

// shrinkPlane shrinks src, wide×high with the stride, to dst.
func shrinkPlane(dst []byte, width, height int, src []byte, wide, high, stride int) {
	if width == wide && height == high {
		for y := range height {
			copy(dst[y*width:(y+1)*width], src[y*stride:])
		}
		return
	}
	s := newAreaScaler(dst, width, height, wide, high)
	for y := range high {
		s.feed(src[y*stride : y*stride+wide])
	}
}

// areaScaler averages rows as they come. Lengths are counted in units of which
// a source pixel has as many as the result has pixels, and a result pixel as
// many as the source has: then every overlap is a whole number, and nothing is
// rounded before the end.
type areaScaler struct {
	dst           []byte
	width, height int
	wide, high    int
	spans         []span   // of each column of the result
	across        []uint32 // the row that came, averaged across
	sum           []uint64 // of the row of the result that is being made
	from, to      int      // rows that came and that are made
}

// span is where a pixel of the result lies in the source: first..last, of
// which the ends count in part.
type span struct {
	first, last             int32
	firstWeight, lastWeight uint32 // lastWeight is 0 if first is last
}

func newAreaScaler(dst []byte, width, height, wide, high int) *areaScaler {
	s := &areaScaler{
		dst: dst, width: width, height: height, wide: wide, high: high,
		spans: make([]span, width), across: make([]uint32, width), sum: make([]uint64, width),
	}
	for x := range s.spans {
		begin, end := x*wide, (x+1)*wide // units
		p := span{first: int32(begin / width), last: int32((end - 1) / width)}
		p.firstWeight = uint32(min(end, (int(p.first)+1)*width) - begin)
		if p.last > p.first {
			p.lastWeight = uint32(end - int(p.last)*width)
		}
		s.spans[x] = p
	}
	return s
}

// feed takes the next row of the source.
func (s *areaScaler) feed(row []byte) {
	s.average(row)
	begin, end := s.from*s.height, (s.from+1)*s.height // units
	s.from++
	for begin < end {
		stop := (s.to + 1) * s.high // where the row that is being made ends
		weight := uint64(min(end, stop) - begin)
		for x, v := range s.across {
			s.sum[x] += weight * uint64(v)
		}
		if begin = min(end, stop); begin == stop {
			s.finish()
		}
	}
}

// average sums the row up across: at most 255*wide, which fits.
func (s *areaScaler) average(row []byte) {
	full := uint32(s.width)
	for x := range s.spans {
		p := &s.spans[x]
		sum := uint32(row[p.first])*p.firstWeight + uint32(row[p.last])*p.lastWeight
		if p.last > p.first+1 {
			sum += sumBytes(row[p.first+1:p.last]) * full
		}
		s.across[x] = sum
	}
}

// finish writes the row that is complete.
func (s *areaScaler) finish() {
	row := s.dst[s.to*s.width : (s.to+1)*s.width]
	area := uint64(s.wide) * uint64(s.high)
	inverse := 1 / float64(area)
	for x := range row {
		// The sum is below 2^53, so that only the product is rounded; half a
		// unit is added before, for exact halves to go up.
		row[x] = byte(float64(s.sum[x]+area/2) * inverse)
		s.sum[x] = 0
	}
	s.to++
}
