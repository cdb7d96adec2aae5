package vision

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files of testdata hold what OpenCV made of scene.png; testdata/opencv.py
// wrote them.

// openCVFacts are testdata/opencv.json.
type openCVFacts struct {
	Corners        [][3]int   `json:"corners"`
	Hash           Hash       `json:"hash"`
	SobelAcrossSum int        `json:"sobel_across_sum"`
	SobelDownSum   int        `json:"sobel_down_sum"`
	SobelRow31     [2][]int16 `json:"sobel_row_31"`
}

func readOpenCV(t *testing.T) openCVFacts {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "opencv.json"))
	require.NoError(t, err)
	var f openCVFacts
	require.NoError(t, json.Unmarshal(raw, &f))
	return f
}

func readGray(t *testing.T, name string) *image.Gray {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	g, ok := img.(*image.Gray)
	require.True(t, ok, "%s is a %T", name, img)
	return g
}

// largestDifference of two gray pictures of one size.
func largestDifference(t *testing.T, a, b *image.Gray) int {
	t.Helper()
	require.Equal(t, a.Rect, b.Rect)
	largest := 0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			d := int(a.GrayAt(x, y).Y) - int(b.GrayAt(x, y).Y)
			largest = max(largest, d, -d)
		}
	}
	return largest
}

func TestSceneIsTheStoredOne(t *testing.T) {
	t.Parallel()
	drawn := grayOf(scene(7, 160, 123))
	if os.Getenv("SPOTGRID_WRITE_TESTDATA") != "" {
		require.NoError(t, os.WriteFile(filepath.Join("testdata", "scene.png"), asPNG(t, drawn), 0o644))
	}
	assert.Zero(t, largestDifference(t, drawn, readGray(t, "scene.png")))
}

func TestGradientIsThatOfOpenCV(t *testing.T) {
	t.Parallel()
	want := readOpenCV(t)
	g := Sobel(readGray(t, "scene.png"))
	sum := func(values []int16) (s int) {
		for _, v := range values {
			s += int(abs(int32(v)))
		}
		return s
	}
	assert.Equal(t, []int{want.SobelAcrossSum, want.SobelDownSum}, []int{sum(g.X), sum(g.Y)})
	assert.Equal(t, want.SobelRow31[0], g.X[31*g.Width:32*g.Width])
	assert.Equal(t, want.SobelRow31[1], g.Y[31*g.Width:32*g.Width])
}

func TestEdgesAreThoseOfOpenCV(t *testing.T) {
	t.Parallel()
	want := readGray(t, "canny.png")
	got := Edges(readGray(t, "scene.png"), DefaultEdges)
	assert.Zero(t, largestDifference(t, want, got))
	assert.Greater(t, Density(got), 0.02, "the scene has edges to compare")
}

func TestCornersAreThoseOfOpenCV(t *testing.T) {
	t.Parallel()
	want := readOpenCV(t).Corners
	require.Greater(t, len(want), 15, "the scene has corners to compare")
	var got [][3]int
	for _, c := range Corners(readGray(t, "scene.png"), DefaultCornerThreshold) {
		got = append(got, [3]int{c.X, c.Y, c.Score})
	}
	byPlace := func(a, b [3]int) int { return slices.Compare([]int{a[1], a[0]}, []int{b[1], b[0]}) }
	slices.SortFunc(want, byPlace)
	assert.Equal(t, want, got)
}

func TestAveragingIsThatOfOpenCV(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]image.Point{"area.png": {X: 61, Y: 47}, "small.png": {X: 32, Y: 32}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Luma(Shrink(readGray(t, "scene.png"), size.X, size.Y))
			// OpenCV adds up in float32, so that halves may go the other way.
			assert.LessOrEqual(t, largestDifference(t, readGray(t, name), got), 1)
		})
	}
}

func TestHashOfASmallPictureIsThatOfOpenCV(t *testing.T) {
	t.Parallel()
	h, ok := PerceptualHash(readGray(t, "small.png"))
	require.True(t, ok)
	assert.Equal(t, readOpenCV(t).Hash.String(), h.String())
}
