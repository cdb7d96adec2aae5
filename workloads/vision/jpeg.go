package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/gen2brain/jpegn"
)

// maxScans of a progressive JPEG: encoders write about ten, and each one makes
// a decoder walk over the whole picture again.
const maxScans = 100

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerSOS   = 0xda
	markerEOI   = 0xd9
	markerAPP1  = 0xe1
	markerAPP14 = 0xee

	markerBaseline    = 0xc0
	markerProgressive = 0xc2
)

// jpegFacts are what the segments of a JPEG say.
type jpegFacts struct {
	frames  int
	process byte   // the frame header's marker, which tells the coding
	frame   []byte // the frame header's body
	scans   int
	isWhole bool // an end marker follows the scans
	adobe   bool
	exif    []byte
}

func readJPEGHeader(data []byte) (Header, error) {
	f, err := walkJPEG(data)
	if err != nil {
		return Header{}, err
	}
	// Said here, as decoders only call such a file unsupported.
	if err := checkSize(f.size()); err != nil {
		return Header{}, err
	}
	config, err := jpegDecoder(f).config(data)
	if err != nil {
		return Header{}, err
	}
	h := Header{Width: config.Width, Height: config.Height, Orientation: exifOrientation(f.exif)}
	h.fixed, h.scaled, h.canScale = jpegCost(f)
	return h, nil
}

// walkJPEG goes over every segment up to the end of the picture.
func walkJPEG(data []byte) (jpegFacts, error) {
	var f jpegFacts
	rest := data[2:]
	for !f.isWhole {
		marker, body, after, err := nextSegment(rest)
		if err != nil {
			return f, err
		}
		f.note(marker, body)
		rest = after
	}
	switch {
	case f.frames != 1:
		return f, fmt.Errorf("it has %d frame headers, want one", f.frames)
	case f.scans == 0:
		return f, errors.New("it has no picture data")
	case f.scans > maxScans:
		return f, fmt.Errorf("it has %d scans, want at most %d", f.scans, maxScans)
	}
	return f, nil
}

// nextSegment finds the next marker that is not part of a scan's data.
func nextSegment(data []byte) (marker byte, body, after []byte, err error) {
	cut := errors.New("the file ends before the picture does")
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 || i+1 >= len(data) {
			return 0, nil, nil, cut
		}
		marker, data = data[i+1], data[i+1:]
		switch {
		case marker == 0xff: // fill
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8: // a stuffed byte, or without a body
			data = data[1:]
		case marker == markerEOI:
			return marker, nil, data[1:], nil
		default:
			if len(data) < 3 {
				return 0, nil, nil, cut
			}
			n := int(data[1])<<8 | int(data[2])
			if n < 2 {
				return 0, nil, nil, fmt.Errorf("segment %#x has %d bytes, want at least 2", marker, n)
			}
			if len(data) < 1+n {
				return 0, nil, nil, cut
			}
			return marker, data[3 : 1+n], data[1+n:], nil
		}
	}
}

func (f *jpegFacts) note(marker byte, body []byte) {
	switch {
	case marker == markerSOS:
		f.scans++
	case marker == markerEOI:
		f.isWhole = true
	case marker == markerAPP1 && f.exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		f.exif = body[6:]
	case marker == markerAPP14 && bytes.HasPrefix(body, []byte("Adobe")):
		f.adobe = true
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
		f.frames++
		f.process, f.frame = marker, body
	}
}

// size in pixels, as the frame header has it; 0 if it is too short.
func (f jpegFacts) size() (width, height int) {
	if len(f.frame) < 6 {
		return 0, 0
	}
	return int(f.frame[3])<<8 | int(f.frame[4]), int(f.frame[1])<<8 | int(f.frame[2])
}

// sampling are the factors of each component, as the frame header has them,
// two hexadecimal digits each; nil if the header is not one of 1, 3 or 4
// components.
func (f jpegFacts) sampling() []byte {
	if len(f.frame) < 6 || len(f.frame) < 6+3*int(f.frame[5]) {
		return nil
	}
	factors := make([]byte, f.frame[5])
	for i := range factors {
		factors[i] = f.frame[6+3*i+1]
	}
	return factors
}

// decoder of one sort of JPEG.
type decoder struct {
	config func(data []byte) (image.Config, error)
	decode func(data []byte, denominator int) (image.Image, error)
}

// jpegDecoder chooses jpegn, which is fast and can scale, for what cameras
// write, and image/jpeg for the rest: CMYK, RGB and odd samplings. In those
// cases jpegn would enlarge chroma in assembly that a hostile file could lead
// astray; for the others its only assembly is a bounded 8×8 transform.
func jpegDecoder(f jpegFacts) decoder {
	if f.isCommon() {
		return decoder{
			config: func(data []byte) (image.Config, error) { return jpegn.DecodeConfig(bytes.NewReader(data)) },
			decode: func(data []byte, denominator int) (image.Image, error) {
				return jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: denominator})
			},
		}
	}
	return decoder{
		config: func(data []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(data)) },
		decode: func(data []byte, _ int) (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) },
	}
}

func (f jpegFacts) isProgressive() bool { return f.process == markerProgressive }

// isCommon reports whether a JPEG is baseline or progressive, of 8 bits, and
// gray or YCbCr in a usual sampling. jpegn would read arithmetic coding as if
// it were Huffman's.
func (f jpegFacts) isCommon() bool {
	s := f.sampling()
	if f.process != markerBaseline && f.process != markerProgressive || len(s) == 0 || f.frame[0] != 8 {
		return false
	}
	switch len(s) {
	case 1:
		return true
	case 3:
		ids := string([]byte{f.frame[6], f.frame[9], f.frame[12]})
		usual := s[0] == 0x11 || s[0] == 0x21 || s[0] == 0x22 || s[0] == 0x12
		return usual && s[1] == 0x11 && s[2] == 0x11 && !f.adobe && ids != "RGB"
	}
	return false
}

// jpegCost is what decoding takes, in bytes a pixel, as in Header.
func jpegCost(f jpegFacts) (fixed, scaled float64, canScale bool) {
	s := f.sampling()
	if !f.isCommon() {
		// Four planes, their coefficients of four bytes each, and the RGBA
		// rows made of them.
		return map[bool]float64{true: 4*4 + 4 + 4, false: 4 + 4}[f.isProgressive()], 0, false
	}
	samples := 1.0
	if len(s) == 3 {
		samples += 2 / float64((s[0]>>4)*(s[0]&15))
	}
	if f.isProgressive() {
		fixed = 4 * samples
	}
	return fixed, samples, true
}
