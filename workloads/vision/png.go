package vision

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/png"
)

// readPNGHeader reads the first chunk, and looks for one with EXIF data.
func readPNGHeader(data []byte) (Header, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Header{}, err
	}
	h := Header{Width: config.Width, Height: config.Height, Orientation: TopLeft}
	const signature = 8
	ihdr := data[signature+8:] // DecodeConfig has found it to be whole
	h.fixed = pngCost(ihdr[8], ihdr[9], ihdr[12])
	isWhole := false
	for rest := data[signature:]; len(rest) >= 12; {
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest))-12 {
			break
		}
		switch string(rest[4:8]) {
		case "eXIf":
			h.Orientation = exifOrientation(rest[8 : 8+size])
		case "IEND":
			isWhole = true
		}
		rest = rest[12+size:]
	}
	if !isWhole {
		return Header{}, errors.New("the file ends before the picture does")
	}
	return h, nil
}

// pngCost is what decoding takes, in bytes a pixel: up to four channels of up
// to two bytes, twice if the picture comes interlaced. Two rows more are slack.
func pngCost(depth, colorType, interlace byte) float64 {
	channels := map[byte]float64{0: 1, 2: 4, 3: 1, 4: 4, 6: 4}[colorType]
	cost := channels
	if depth == 16 {
		cost *= 2
	}
	// Gray with a transparent value becomes four channels.
	if colorType == 0 {
		cost *= 4
	}
	if interlace != 0 {
		cost *= 2
	}
	return cost
}

func decodePNG(data []byte, _ int) (image.Image, error) {
	return png.Decode(bytes.NewReader(data))
}
