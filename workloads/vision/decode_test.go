package vision

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const webpModule = "golang.org/x/image"

func TestFormatsAreToldByContent(t *testing.T) {
	t.Parallel()
	img := scene(1, 40, 30)
	for name, c := range map[string]struct {
		data   []byte
		format Format
	}{
		"jpeg": {asJPEG(t, img, 90), JPEG},
		"png":  {asPNG(t, img), PNG},
		"webp": {moduleFile(t, webpModule, "testdata/yellow_rose.lossy.webp"), WebP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Decode(c.data, DecodeOptions{})
			require.NoError(t, err)
			assert.Equal(t, c.format, p.Format)
			assert.Equal(t, image.Rect(0, 0, p.Width, p.Height), p.Picture.Rect)
		})
	}
}

func TestPicturesOfAllTypesHaveTheColorsTheyWereDrawnWith(t *testing.T) {
	t.Parallel()
	drawn := scene(3, 64, 48)
	want := Shrink(drawn, 64, 48)
	paletted := image.NewPaletted(drawn.Rect, nil)
	wide := image.NewNRGBA64(drawn.Rect)
	for y := range 48 {
		for x := range 64 {
			c := drawn.RGBAAt(x, y)
			c.R &= 0xc0 // few enough colors for a palette
			c.G, c.B = 100, 50
			if !slices.Contains(paletted.Palette, color.Color(c)) {
				paletted.Palette = append(paletted.Palette, c)
			}
			paletted.Set(x, y, c)
			wide.Set(x, y, drawn.At(x, y))
		}
	}
	plain := image.NewRGBA(drawn.Rect)
	for y := range 48 {
		for x := range 64 {
			plain.Set(x, y, paletted.At(x, y))
		}
	}
	for name, c := range map[string]struct {
		data      []byte
		want      *image.YCbCr
		tolerance int
	}{
		"16 bits a channel": {asPNG(t, wide), want, 1},
		"8 bits a channel":  {asPNG(t, drawn), want, 0},
		"palette":           {asPNG(t, paletted), Shrink(plain, 64, 48), 0},
		"jpeg":              {asJPEG(t, drawn, 100), want, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Decode(c.data, DecodeOptions{})
			require.NoError(t, err)
			assert.LessOrEqual(t, largestDifference(t, Luma(c.want), Luma(p.Picture)), c.tolerance)
		})
	}
}

func TestTransparentPartsBecomeWhite(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	img.SetNRGBA(0, 0, color.NRGBA{A: 0})
	img.SetNRGBA(1, 0, color.NRGBA{A: 128})
	img.SetNRGBA(2, 0, color.NRGBA{A: 255})
	p, err := Decode(asPNG(t, img), DecodeOptions{})
	require.NoError(t, err)
	assert.Equal(t, []byte{255, 127, 0}, p.Picture.Y)
}

func TestUprightSizeFollowsTheOrientation(t *testing.T) {
	t.Parallel()
	data := asPNG(t, scene(4, 40, 30))
	for o := TopLeft; o <= LeftBottom; o++ {
		h, err := ReadHeader(withEXIF(data, orientationEXIF(o, binary.LittleEndian, "II")))
		require.NoError(t, err)
		width, height := h.UprightSize()
		assert.Equal(t, o.SwapsSides(), width == 30 && height == 40, "orientation %d", o)
	}
}

func TestShrunkPhotoKeepsItsRatioAndIsNeverEnlarged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ width, height, longSide, wantWidth, wantHeight int }{
		{400, 300, 100, 100, 75}, {300, 400, 100, 75, 100}, {400, 300, 0, 400, 300}, {400, 300, 999, 400, 300},
		{401, 3, 100, 100, 1}, {400, 300, 50, 50, 38}, {401, 303, 50, 50, 38}, {401, 303, 25, 25, 19},
	} {
		for _, data := range [][]byte{asPNG(t, scene(5, c.width, c.height)), asJPEG(t, scene(5, c.width, c.height), 90)} {
			p, err := Decode(data, DecodeOptions{LongSide: c.longSide})
			require.NoError(t, err, "%+v", c)
			assert.Equal(t, image.Pt(c.wantWidth, c.wantHeight), p.Picture.Rect.Size(), "%+v", c)
		}
	}
}

func TestDecodingAtAFractionOfTheSizeLooksTheSame(t *testing.T) {
	t.Parallel()
	data := asJPEG(t, scene(6, 1280, 960), 92)
	full, err := Decode(data, DecodeOptions{})
	require.NoError(t, err)
	for _, longSide := range []int{640, 320, 160, 150} {
		p, err := Decode(data, DecodeOptions{LongSide: longSide})
		require.NoError(t, err)
		want := Luma(Shrink(full.Picture, p.Picture.Rect.Dx(), p.Picture.Rect.Dy()))
		sum := 0
		for i, v := range Luma(p.Picture).Pix {
			sum += int(abs(int32(v) - int32(want.Pix[i])))
		}
		assert.Less(t, float64(sum)/float64(len(want.Pix)), 1.0, "mean difference in gray levels at %d", longSide)
	}
}

// jpegSizeAt is where a JPEG made by image/jpeg has its height and width.
func jpegSizeAt(data []byte) int { return bytes.Index(data, []byte("\xff\xc0\x00\x11")) + 5 }

// withFrame is a JPEG made by image/jpeg with another byte in its frame header:
// 0 is the marker, 3 the bits of a sample.
func withFrame(data []byte, at int, value byte) []byte {
	changed := bytes.Clone(data)
	changed[jpegSizeAt(data)-4+at] = value
	return changed
}

func TestHostileAndBrokenFilesAreRefused(t *testing.T) {
	t.Parallel()
	jpg, pic := asJPEG(t, scene(8, 80, 60), 90), asPNG(t, scene(8, 80, 60))
	rose := moduleFile(t, webpModule, "testdata/yellow_rose.lossy.webp")
	huge := bytes.Clone(jpg)
	binary.BigEndian.PutUint32(huge[jpegSizeAt(jpg):], 0xfff0fff0)
	large := bytes.Clone(jpg)
	binary.BigEndian.PutUint32(large[jpegSizeAt(jpg):], 12000<<16|16000)
	noHeight := bytes.Clone(jpg)
	binary.BigEndian.PutUint16(noHeight[jpegSizeAt(jpg):], 0)
	flipped := bytes.Clone(pic)
	flipped[len(pic)/2] ^= 0xff
	scans := bytes.Clone(jpg[:len(jpg)-2])
	for range maxScans {
		scans = append(scans, 0xff, markerSOS, 0, 2)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":                      {nil, "the file is empty"},
		"text":                       {[]byte("hello, world"), "want a JPEG, PNG or WebP"},
		"gif":                        {[]byte("GIF89a\x01\x00\x01\x00"), "begins with 47 49 46 38 39 61 01 00, want"},
		"jpeg of three bytes":        {[]byte("\xff\xd8\xff"), "ends before the picture does"},
		"jpeg cut in its header":     {jpg[:100], "ends before the picture does"},
		"jpeg cut in its data":       {jpg[:len(jpg)*2/3], "ends before the picture does"},
		"jpeg without its end":       {jpg[:len(jpg)-2], "ends before the picture does"},
		"jpeg that claims 4 billion": {huge, "65520×65520 pixels, want"},
		"jpeg larger than allowed":   {large, "decoding 16000×12000 pixels of jpeg would take"},
		"jpeg without height":        {noHeight, "80×0 pixels, want 1..65535"},
		"jpeg of many scans":         {append(scans, 0xff, markerEOI), "101 scans, want at most 100"},
		"jpeg of two frames":         {append(bytes.Clone(jpg[:len(jpg)-2]), append(bytes.Clone(jpg[jpegSizeAt(jpg)-5:jpegSizeAt(jpg)+14]), 0xff, markerEOI)...), "2 frame headers"},
		"jpeg of arithmetic coding":  {withFrame(jpg, 0, 0xc9), "unsupported"},
		"jpeg of 12 bits a sample":   {withFrame(jpg, 3, 12), "unsupported"},
		"png cut in its data":        {pic[:len(pic)/2], "ends before the picture does"},
		"png with a flipped bit":     {flipped, "decoding a png file"},
		"png header only":            {pic[:20], "reading the header of a png file"},
		"webp cut in its data":       {rose[:len(rose)/2], "ends before the picture does"},
		"webp without a picture":     {[]byte("RIFF\x04\x00\x00\x00WEBP"), "no picture"},
		"webp animation":             {[]byte("RIFF\x12\x00\x00\x00WEBPANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "animation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Decode(c.data, DecodeOptions{MaxBytes: 64 << 20})
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// allocatedBy is how many bytes the function allocates, at least in one run of
// three: other goroutines allocate too.
func allocatedBy(f func()) int {
	var before, after runtime.MemStats
	least := 1 << 62
	for range 3 {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, int(after.TotalAlloc-before.TotalAlloc))
	}
	return least
}

// Not parallel: it counts what the whole process allocates.
func TestDecodingTakesNoMoreMemoryThanTold(t *testing.T) {
	img := scene(9, 600, 450)
	gray, wide, nrgba := grayOf(img), image.NewRGBA64(img.Rect), image.NewNRGBA(img.Rect)
	for y := range 450 {
		for x := range 600 {
			wide.Set(x, y, img.At(x, y))
			nrgba.Set(x, y, color.NRGBA{R: byte(x), G: byte(y), A: byte(x + y)})
		}
	}
	files := map[string][]byte{
		"jpeg": asJPEG(t, img, 90), "gray jpeg": asJPEG(t, gray, 90), "png": asPNG(t, img), "gray png": asPNG(t, gray),
		"16 bit png": asPNG(t, wide), "transparent png": asPNG(t, nrgba),
	}
	for _, name := range []string{"yellow_rose.lossy", "yellow_rose.lossless", "yellow_rose.lossy-with-alpha", "blue-purple-pink-large.lossless"} {
		files[name] = moduleFile(t, webpModule, "testdata/"+name+".webp")
	}
	for _, name := range []string{"410", "411", "420", "422", "440", "444", "cmyk", "rgb", "ycck", "gray"} {
		files[name] = moduleFile(t, "github.com/gen2brain/jpegn", "testdata/test."+name+".jpg")
		if name != "cmyk" && name != "ycck" {
			files[name+" progressive"] = moduleFile(t, "github.com/gen2brain/jpegn", "testdata/test."+name+".progressive.jpg")
		}
	}
	for name, data := range files {
		for _, longSide := range []int{0, 150} {
			t.Run(fmt.Sprint(name, " to ", longSide), func(t *testing.T) {
				h, err := ReadHeader(data)
				require.NoError(t, err)
				got := allocatedBy(func() { _, err = Decode(data, DecodeOptions{LongSide: longSide}) })
				require.NoError(t, err)
				assert.LessOrEqual(t, got, h.DecodeBytes(longSide))
			})
		}
	}
}

// FuzzDecode reads what nobody would write: an error or a picture of the size
// that the header says, in little memory.
func FuzzDecode(f *testing.F) {
	img := scene(10, 40, 30)
	for _, data := range [][]byte{
		asJPEG(f, img, 60), asPNG(f, img), asPNG(f, grayOf(img)), asJPEG(f, grayOf(img), 60),
		withEXIF(asJPEG(f, img, 60), orientationEXIF(RightTop, binary.BigEndian, "MM")),
		[]byte("\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"),
		[]byte("RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\xff\xff\xff\xff\xff\xff"),
		[]byte("RIFF\x12\x00\x00\x00WEBPVP8L\x06\x00\x00\x00\x2f\xff\xff\xff\xff\xff"),
	} {
		f.Add(data, uint16(0))
		f.Add(data[:len(data)/2], uint16(8))
	}
	f.Fuzz(func(t *testing.T, data []byte, longSide uint16) {
		p, err := Decode(data, DecodeOptions{LongSide: int(longSide), MaxBytes: 32 << 20})
		if err != nil {
			return
		}
		width, height := p.UprightSize()
		wantWidth, wantHeight := Fit(width, height, int(longSide))
		if p.Picture.Rect != image.Rect(0, 0, wantWidth, wantHeight) {
			t.Fatalf("picture is %v, want %d×%d", p.Picture.Rect, wantWidth, wantHeight)
		}
	})
}

func TestDecodersThatPanicGiveAnError(t *testing.T) {
	t.Parallel()
	_, err := decodeAs(Header{Format: "none"}, nil, 0) // there is no such decoder to call
	assert.ErrorContains(t, err, "the decoder gave up")
}

func TestExtendedJPEGIsRead(t *testing.T) {
	t.Parallel()
	data := asJPEG(t, scene(12, 64, 48), 90)
	want, err := Decode(data, DecodeOptions{})
	require.NoError(t, err)
	got, err := Decode(withFrame(data, 0, 0xc1), DecodeOptions{})
	require.NoError(t, err)
	assert.LessOrEqual(t, largestDifference(t, Luma(want.Picture), Luma(got.Picture)), 2)
}

func TestUncommonJPEGsAreReadByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for name, isCommon := range map[string]bool{"cmyk": false, "ycck": false, "rgb": false, "420": true, "444": true, "gray": true, "410": false} {
		data := moduleFile(t, "github.com/gen2brain/jpegn", "testdata/test."+name+".jpg")
		f, err := walkJPEG(data)
		require.NoError(t, err)
		assert.Equal(t, isCommon, f.isCommon(), name)
		want, err := jpeg.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		p, err := Decode(data, DecodeOptions{})
		require.NoError(t, err)
		assert.LessOrEqual(t, largestDifference(t, grayOf(want), Luma(p.Picture)), 2, name)
	}
}
