package vision

import (
	"bytes"
	"image"
	"image/draw"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// portrait is a photo with one face, of which the eyes are at about 117, 184
// and 201, 184 and the mouth at 160, 286, in 320×400 pixels.
func portrait(t testing.TB) *image.YCbCr {
	t.Helper()
	p, err := Decode(moduleFile(t, "github.com/esimov/pigo", "testdata/sample.jpg"), DecodeOptions{})
	require.NoError(t, err)
	return p.Picture
}

func finder(t testing.TB) *FaceFinder {
	t.Helper()
	f, err := NewFaceFinder()
	require.NoError(t, err)
	return f
}

func TestFaceIsFoundWhereItIs(t *testing.T) {
	t.Parallel()
	p := portrait(t)
	faces := finder(t).Find(Luma(p), DefaultFaces)
	require.Len(t, faces, 1)
	box := image.Rect(faces[0].X, faces[0].Y, faces[0].X+faces[0].Side, faces[0].Y+faces[0].Side)
	for what, at := range map[string]image.Point{"left eye": {X: 117, Y: 184}, "right eye": {X: 201, Y: 184}, "mouth": {X: 160, Y: 286}} {
		assert.True(t, at.In(box), "%s in %v", what, box)
	}
	assert.Less(t, faces[0].Side, 300)
	assert.Greater(t, faces[0].Score, DefaultFaces.MinScore)
}

func TestFacesAreFoundAmongOthersAndInASmallerSize(t *testing.T) {
	t.Parallel()
	p := portrait(t)
	group := image.NewGray(image.Rect(0, 0, 640, 400))
	fill(group.Pix, 180)
	places := []image.Point{{X: 0, Y: 0}, {X: 330, Y: 20}, {X: 500, Y: 200}}
	for i, at := range places {
		small := Luma(Shrink(p, 320>>min(i, 1), 400>>min(i, 1)))
		draw.Draw(group, small.Rect.Add(at), small, image.Point{}, draw.Src)
	}
	faces := finder(t).Find(group, DefaultFaces)
	assert.Len(t, faces, len(places))
	for i, f := range faces[1:] {
		assert.LessOrEqual(t, f.Score, faces[i].Score, "the surest come first")
	}
}

func TestNoFaceIsFoundWhereThereIsNone(t *testing.T) {
	t.Parallel()
	flat := image.NewGray(image.Rect(0, 0, 300, 200))
	noise := image.NewGray(flat.Rect)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rng.Uint32())
	}
	tiny := image.NewGray(image.Rect(0, 0, 10, 10))
	for name, g := range map[string]*image.Gray{"flat": flat, "noise": noise, "tiny": tiny, "scene": grayOf(scene(2, 300, 200))} {
		assert.Empty(t, finder(t).Find(g, DefaultFaces), name)
	}
}

func TestFaceOptionsListAllFaults(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultFaces.Check())
	err := FaceOptions{MinSide: 3, MinScore: -1}.Check()
	require.ErrorContains(t, err, "smallest face is 3 pixels, want 20..4096")
	require.ErrorContains(t, err, "least score of a face is -1, want 0..1000000")
}

func TestMarksAreDrawnWhereTheyBelong(t *testing.T) {
	t.Parallel()
	p := newPicture(60, 50)
	fill(p.Y, 100)
	edges := image.NewGray(p.Rect)
	edges.Pix[5*60+50] = 255
	out := Annotate(p, Marks{
		Faces: []Face{{X: 10, Y: 15, Side: 30, Score: 7}}, Corners: []Corner{{X: 55, Y: 45}, {X: 0, Y: 0}}, Edges: edges,
	})
	for _, c := range []struct {
		what string
		at   image.Point
		want any
	}{
		{"face", image.Pt(10, 40), faceColor}, {"face", image.Pt(39, 44), faceColor}, {"corner", image.Pt(56, 46), cornerColor},
		{"corner cut off", image.Pt(1, 1), cornerColor}, {"edge", image.Pt(50, 5), edgeColor},
	} {
		assert.Equal(t, c.want, out.RGBAAt(c.at.X, c.at.Y), c.what)
	}
	inside := out.RGBAAt(25, 35)
	assert.Equal(t, []byte{100, 100, 100, 255}, []byte{inside.R, inside.G, inside.B, inside.A})
	assert.Equal(t, byte(100), p.Y[0], "the picture itself is not drawn on")
	encoded, err := EncodeJPEG(out)
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(encoded, []byte("\xff\xd8\xff")))
}
