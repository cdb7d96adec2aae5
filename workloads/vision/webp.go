package vision

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"

	"golang.org/x/image/webp"
)

// readWebPHeader reads the chunks of a WebP file (RFC 9649).
func readWebPHeader(data []byte) (Header, error) {
	h := Header{Orientation: TopLeft}
	frames := 0
	for rest := data[12:]; len(rest) >= 8; {
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		name, body := string(rest[:4]), rest[8:]
		if size > int64(len(body)) {
			return h, errors.New("the file ends before the picture does")
		}
		switch body = body[:size]; name {
		case "ANIM", "ANMF":
			return h, errors.New("it is an animation, want one picture")
		case "VP8 ":
			frames, h.fixed = frames+1, h.fixed+1.5
		case "VP8L":
			frames, h.fixed = frames+1, h.fixed+12
		case "ALPH":
			h.fixed += 13
		case "EXIF":
			h.Orientation = exifOrientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
		}
		rest = rest[min(int64(len(rest)), 8+size+size&1):]
	}
	if frames != 1 {
		return h, errors.New("it has no picture, or several")
	}
	config, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return h, err
	}
	h.Width, h.Height = config.Width, config.Height
	return h, nil
}

func decodeWebP(data []byte, _ int) (image.Image, error) {
	return webp.Decode(bytes.NewReader(data))
}
