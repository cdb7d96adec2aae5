package vision

import (
	"fmt"
	"image"
)

// DefaultDecodeBytes is the memory one photo may take by default: 512 MiB is
// enough for 100 megapixels of every usual kind and 40 of a progressive JPEG
// without subsampled chroma.
const DefaultDecodeBytes = 512 << 20

// DecodeOptions are what the caller of Decode decides.
type DecodeOptions struct {
	// LongSide is what the longer side of the picture is shrunk to, in pixels;
	// a smaller picture stays as it is. 0: every picture does.
	LongSide int
	// MaxBytes is the most memory decoding may take, in bytes, the file not
	// counted; 0: DefaultDecodeBytes.
	MaxBytes int
}

// Photo is a decoded file.
type Photo struct {
	Header
	// Picture is upright and shrunk.
	Picture *image.YCbCr
}

// Decode reads a file. What needs more memory than allowed is refused before
// anything is decoded; what is broken or cut short is an error that says so.
// Transparent parts become white, animations are refused, and color profiles
// are ignored. A JPEG is decoded at a half, a quarter or an eighth of its size
// where that still gives as many pixels as wanted; the rest of the way every
// pixel is the exact average of the area it covers.
func Decode(data []byte, o DecodeOptions) (Photo, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return Photo{}, err
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultDecodeBytes
	}
	if need := h.DecodeBytes(o.LongSide); need > o.MaxBytes {
		return Photo{}, fmt.Errorf("decoding %d×%d pixels of %s would take %d MiB, want at most %d", h.Width, h.Height, h.Format, need>>20, o.MaxBytes>>20)
	}
	decoded, err := decodeAs(h, data, o.LongSide)
	if err != nil {
		return Photo{}, fmt.Errorf("decoding a %s file: %w", h.Format, err)
	}
	width, height := h.targetSize(o.LongSide)
	return Photo{Header: h, Picture: Upright(Shrink(decoded, width, height), h.Orientation)}, nil
}

// decodeAs decodes with the format's decoder. A decoder that a hostile file
// makes panic must not take the worker with it.
func decodeAs(h Header, data []byte, longSide int) (decoded image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			decoded, err = nil, fmt.Errorf("the decoder gave up: %v", r)
		}
	}()
	decode := map[Format]func([]byte, int) (image.Image, error){JPEG: decodeJPEG, PNG: decodePNG, WebP: decodeWebP}[h.Format]
	decoded, err = decode(data, h.scale(longSide))
	if err != nil {
		return nil, err
	}
	if b := decoded.Bounds(); b.Empty() {
		return nil, fmt.Errorf("the decoder made a picture of %d×%d pixels", b.Dx(), b.Dy())
	}
	return decoded, nil
}

func decodeJPEG(data []byte, denominator int) (image.Image, error) {
	f, err := walkJPEG(data)
	if err != nil {
		return nil, err
	}
	return jpegDecoder(f).decode(data, denominator)
}
