package photos

import (
	"encoding/binary"
	"image"
	"image/color"
)

// brighter is a copy as an editor makes it; what is too bright is cut.
func brighter(by float64) func(image.Image) ([]byte, error) {
	return func(img image.Image) ([]byte, error) {
		b := img.Bounds()
		to := image.NewRGBA(b)
		scale := func(v uint32) uint8 { return uint8(min(255, by*float64(v>>8))) }
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				red, green, blue, _ := img.At(x, y).RGBA()
				to.SetRGBA(x, y, color.RGBA{scale(red), scale(green), scale(blue), 0xff})
			}
		}
		return encode(".jpg", to, 85)
	}
}

// onItsSide is a copy as a phone that is held upright stores it: turned by a
// quarter to the left, and EXIF says so.
func onItsSide(img image.Image) ([]byte, error) {
	b := img.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			to.Set(y, b.Dx()-1-x, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	data, err := encode(".jpg", to, 85)
	if err != nil {
		return nil, err
	}
	const turnRight = 6 // what a viewer has to do
	return withOrientation(data, turnRight), nil
}

// withOrientation puts an EXIF segment behind the first marker of a JPEG file:
// a TIFF header and a folder with one entry. Source: Exif 2.32, 4.5.4 and
// 4.6.2.
func withOrientation(data []byte, orientation uint16) []byte {
	const orientationTag, short = 0x0112, 3
	order := binary.BigEndian
	exif := []byte("Exif\x00\x00MM")
	exif = order.AppendUint16(exif, 42)
	exif = order.AppendUint32(exif, 8) // the folder follows
	exif = order.AppendUint16(exif, 1)
	exif = order.AppendUint16(exif, orientationTag)
	exif = order.AppendUint16(exif, short)
	exif = order.AppendUint32(exif, 1)
	exif = order.AppendUint16(exif, orientation)
	exif = order.AppendUint16(exif, 0)
	exif = order.AppendUint32(exif, 0) // no other folder
	out := append([]byte(nil), data[:2]...)
	out = append(out, 0xff, 0xe1)
	out = order.AppendUint16(out, uint16(2+len(exif)))
	out = append(out, exif...)
	return append(out, data[2:]...)
}
