package vision

import (
	"bytes"
	"errors"
	"fmt"
)

// Format of a photo, told by its content and never by its name.
type Format string

// The formats that are read.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
)

// MaxPixels bounds the size of a photo: 200 million, the most that cameras of
// phones have.
const MaxPixels = 200_000_000

// Header is what a file says of its picture before anything is decoded.
type Header struct {
	Format Format
	// Width and Height in pixels, as stored: 1..65535 each, at most MaxPixels
	// together.
	Width, Height int
	// Orientation as EXIF has it; TopLeft where the file says nothing of use.
	Orientation Orientation
	// bytes of the file.
	bytes int
	// cost of decoding, in bytes a pixel. Only scaled becomes less with the
	// square of the scale at which a JPEG is decoded.
	fixed, scaled float64
	// canScale: the decoder can halve, quarter and so on.
	canScale bool
}

// ReadHeader finds out what the file holds and whether it is whole as far as
// that can be told without decoding. The error says what is wrong with it.
func ReadHeader(data []byte) (Header, error) {
	format, err := sniff(data)
	if err != nil {
		return Header{}, err
	}
	read := map[Format]func([]byte) (Header, error){JPEG: readJPEGHeader, PNG: readPNGHeader, WebP: readWebPHeader}[format]
	h, err := read(data)
	if err != nil {
		return Header{}, fmt.Errorf("reading the header of a %s file: %w", format, err)
	}
	h.Format, h.bytes = format, len(data)
	return h, checkSize(h.Width, h.Height)
}

func checkSize(width, height int) error {
	if width < 1 || height < 1 || width > 65535 || height > 65535 || width*height > MaxPixels {
		return fmt.Errorf("the picture has %d×%d pixels, want 1..65535 a side and at most %d", width, height, MaxPixels)
	}
	return nil
}

// sniff tells the format by the first bytes.
func sniff(data []byte) (Format, error) {
	switch {
	case len(data) == 0:
		return "", errors.New("the file is empty")
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG, nil
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, nil
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return WebP, nil
	}
	return "", fmt.Errorf("the file begins with % x, want a JPEG, PNG or WebP", data[:min(8, len(data))])
}

// UprightSize is the size in pixels once the picture is turned upright.
func (h Header) UprightSize() (width, height int) {
	if h.Orientation.SwapsSides() {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// DecodeBytes is the most memory, in bytes, that Decode takes for such a file
// beside the file itself, found by reading the decoders and held by a test.
func (h Header) DecodeBytes(longSide int) int {
	denominator := float64(h.scale(longSide))
	perPixel := h.fixed + h.scaled/(denominator*denominator)
	width, height := h.targetSize(longSide)
	const slack = 1 << 20 // tables, rows and the decoder itself
	// The decoder copies the file; the picture exists before and after it is
	// turned.
	return int(perPixel*float64(h.Width)*float64(h.Height)) + h.bytes + 2*3*width*height + slack
}

// targetSize is the size as stored, shrunk to the long side; 0 shrinks nothing.
func (h Header) targetSize(longSide int) (width, height int) {
	return Fit(h.Width, h.Height, longSide)
}

// scale is the denominator at which the decoder may work and still give at
// least as many pixels as are wanted.
func (h Header) scale(longSide int) int {
	if !h.canScale || longSide <= 0 {
		return 1
	}
	for _, d := range []int{8, 4, 2} {
		if max(h.Width, h.Height) >= d*longSide {
			return d
		}
	}
	return 1
}

// Fit shrinks width×height so that the longer side is at most longSide; it
// never enlarges. 0 keeps the size.
func Fit(width, height, longSide int) (int, int) {
	long := max(width, height)
	if longSide <= 0 || long <= longSide {
		return width, height
	}
	shrunk := func(side int) int { return max(1, (side*longSide+long/2)/long) }
	return shrunk(width), shrunk(height)
}
