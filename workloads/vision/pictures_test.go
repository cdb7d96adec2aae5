package vision

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// scene is a picture of discs, bars and noise, always the same for a seed.
func scene(seed uint64, width, height int) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	sky := [3]float64{rng.Float64() * 120, rng.Float64() * 120, rng.Float64() * 120}
	for y := range height {
		for x := range width {
			for c := range 3 {
				img.Pix[img.PixOffset(x, y)+c] = byte(sky[c] + 100*float64(y)/float64(height) + rng.Float64()*6)
			}
			img.Pix[img.PixOffset(x, y)+3] = 255
		}
	}
	for range 9 {
		c := color.RGBA{R: byte(rng.IntN(256)), G: byte(rng.IntN(256)), B: byte(rng.IntN(256)), A: 255}
		cx, cy, r := rng.IntN(width), rng.IntN(height), 3+rng.IntN(max(1, min(width, height)/4))
		isDisc := rng.IntN(2) == 0
		for y := max(0, cy-r); y < min(height, cy+r); y++ {
			for x := max(0, cx-r); x < min(width, cx+r); x++ {
				if !isDisc || (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
					img.SetRGBA(x, y, c)
				}
			}
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// grayOf is the luma of any picture.
func grayOf(img image.Image) *image.Gray {
	return Luma(Shrink(img, img.Bounds().Dx(), img.Bounds().Dy()))
}

// orientationEXIF are EXIF data with nothing but an orientation.
func orientationEXIF(o Orientation, order binary.AppendByteOrder, mark string) []byte {
	b := []byte(mark)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, tag := range []uint16{0x010f, orientationTag} {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, typeShort)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, uint16(o))
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0)
}

// withEXIF puts EXIF data into a JPEG, PNG or WebP file.
func withEXIF(data, exif []byte) []byte {
	switch format, _ := sniff(data); format {
	case JPEG:
		segment := append([]byte("\xff\xe1"), 0, 0)
		binary.BigEndian.PutUint16(segment[2:], uint16(2+6+len(exif)))
		segment = append(append(segment, "Exif\x00\x00"...), exif...)
		return append(append([]byte("\xff\xd8"), segment...), data[2:]...)
	case PNG:
		const head = 8 + 25 // signature and IHDR
		chunk := binary.BigEndian.AppendUint32(nil, uint32(len(exif)))
		chunk = append(append(chunk, "eXIf"...), exif...)
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
		return append(append(bytes.Clone(data[:head]), chunk...), data[head:]...)
	}
	chunk := append([]byte("EXIF"), binary.LittleEndian.AppendUint32(nil, uint32(len(exif)))...)
	out := append(append(bytes.Clone(data), chunk...), exif...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// moduleFile reads a file of another module from the module cache, or skips
// the test where that is not there.
func moduleFile(t testing.TB, module, path string) []byte {
	t.Helper()
	dir, err := moduleDir(module)
	if err != nil {
		t.Skipf("finding %s in the module cache: %v", path, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Skipf("%s of module %s: %v", path, module, err)
	}
	return data
}

// moduleDirs remembers where modules are.
var moduleDirs sync.Map

func moduleDir(module string) (string, error) {
	if dir, ok := moduleDirs.Load(module); ok {
		return dir.(string), nil
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	dir := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("asking for module %s: %w", module, err)
	}
	if dir == "" {
		return "", fmt.Errorf("module %s was not downloaded", module)
	}
	moduleDirs.Store(module, dir)
	return dir, nil
}
