package photos

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"path"

	"golang.org/x/image/draw"
	"golang.org/x/sync/errgroup"
)

// File is a sample: a name with slashes, and its content.
type File struct {
	Name string
	Data []byte
}

// original is a picture that is drawn.
type original struct {
	name          string
	width, height int
	grain         float64
	seed          seed
	draw          scene
}

func originals() []original {
	return []original{
		{"landscapes/alps-dawn.jpg", 720, 480, .05, 11, mountains(11, dawn, .42, 1.1, .22)},
		{"landscapes/bay-evening.jpg", 640, 480, .05, 23, sea(23, ember, .52, .5)},
		{"landscapes/lights-north.jpg", 720, 480, .02, 31, night(31, .25, .2)},
		{"landscapes/valley-noon.jpg", 480, 640, .04, 47, mountains(47, noon, .55, .2, .12)},
		{"landscapes/winter-pass.jpg", 800, 450, .04, 59, mountains(59, winter, .3, .4, .12)},
		{"patterns/bands.png", 480, 480, 0, 3, tiles(3, 6, hex(0x133c55), hex(0xf6ae2d))},
		{"patterns/circles.jpg", 720, 480, .03, 5, circles(5, hex(0xf1e9da), 16)},
		{"patterns/mosaic.jpg", 640, 480, .02, 8, mosaic(8, 6)},
		{"portraits/anna.jpg", 400, 500, .03, 71, portrait(71, hex(0xe0ac8b), hex(0x3b2a20), hex(0x2a5d8f), hex(0xa9b7a5))},
		{"portraits/kofi.jpg", 400, 500, .03, 73, portrait(73, hex(0xb57b52), hex(0x17110e), hex(0xc9a227), hex(0xb7c4d6))},
	}
}

// copyOf is made of an original, as people and programs make copies.
type copyOf struct {
	name, of string
	make     func(image.Image) ([]byte, error)
}

func copies() []copyOf {
	return []copyOf{
		{"copies/alps-small.jpg", "landscapes/alps-dawn.jpg", resized(.5)},
		{"copies/alps-saved-again.jpg", "landscapes/alps-dawn.jpg", quality(35)},
		{"copies/alps-on-its-side.jpg", "landscapes/alps-dawn.jpg", onItsSide},
		{"copies/bay-brighter.jpg", "landscapes/bay-evening.jpg", brighter(1.2)},
		{"copies/lights-saved-again.jpg", "landscapes/lights-north.jpg", quality(40)},
		{"copies/circles-large.png", "patterns/circles.jpg", enlarged},
		{"copies/cut-off.jpg", "landscapes/winter-pass.jpg", cutOff},
	}
}

// Truncated is the one sample that cannot be read.
const Truncated = "copies/cut-off.jpg"

// Copies are the samples that look alike, by the name of the original.
func Copies() map[string][]string {
	groups := map[string][]string{}
	for _, c := range copies() {
		if c.name != Truncated {
			groups[c.of] = append(groups[c.of], c.name)
		}
	}
	return groups
}

// Folders are those of the samples, each enough for a job.
func Folders() []string { return []string{"copies", "landscapes", "patterns", "portraits"} }

// Draw makes all samples, the same bytes each time.
func Draw() ([]File, error) {
	all := originals()
	pictures := make([]*image.RGBA, len(all))
	var group errgroup.Group
	for i, o := range all {
		group.Go(func() error {
			pictures[i] = render(o.draw, o.width, o.height, o.grain, o.seed)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var files []File
	byName := map[string]image.Image{}
	for i, o := range all {
		data, err := encode(o.name, pictures[i], 88)
		if err != nil {
			return nil, fmt.Errorf("drawing sample photo %q: %w", o.name, err)
		}
		byName[o.name] = pictures[i]
		files = append(files, File{o.name, data})
	}
	for _, c := range copies() {
		data, err := c.make(byName[c.of])
		if err != nil {
			return nil, fmt.Errorf("copying sample photo %q to %q: %w", c.of, c.name, err)
		}
		files = append(files, File{c.name, data})
	}
	return files, nil
}

func encode(name string, img image.Image, jpegQuality int) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if path.Ext(name) == ".png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality})
	}
	return b.Bytes(), err
}

func quality(q int) func(image.Image) ([]byte, error) {
	return func(img image.Image) ([]byte, error) { return encode(".jpg", img, q) }
}

func scaled(img image.Image, by float64) image.Image {
	b := img.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, int(float64(b.Dx())*by), int(float64(b.Dy())*by)))
	draw.CatmullRom.Scale(to, to.Bounds(), img, b, draw.Src, nil)
	return to
}

func resized(by float64) func(image.Image) ([]byte, error) {
	return func(img image.Image) ([]byte, error) { return encode(".jpg", scaled(img, by), 85) }
}

func enlarged(img image.Image) ([]byte, error) { return encode(".png", scaled(img, 1.25), 0) }

func cutOff(img image.Image) ([]byte, error) {
	data, err := encode(".jpg", img, 85)
	return data[:len(data)/3], err
}
