package vision

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSheetHasItsPicturesInTheirTiles(t *testing.T) {
	t.Parallel()
	s, err := NewSheet(SheetOptions{Columns: 2, Rows: 2, TileSide: 40})
	require.NoError(t, err)
	assert.Equal(t, image.Rect(0, 0, 2*44+4, 2*57+4), s.Picture().Rect)
	dark := newPicture(80, 40)
	require.NoError(t, s.Put(0, 0, dark, "a rather long name.jpg"))
	require.NoError(t, s.Put(1, 1, nil, "gone"))
	at := func(x, y int) color.RGBA { return s.Picture().RGBAAt(x, y) }
	white := color.RGBA{R: 255, G: 255, B: 255, A: 255}
	assert.Equal(t, color.RGBA{A: 255}, at(4+20, 4+20), "the picture, in the middle of its tile")
	assert.Equal(t, white, at(4+20, 4+5), "above it, as it is wider than high")
	assert.Equal(t, color.RGBA{R: 200, G: 200, B: 200, A: 255}, at(48+20, 61+20), "the missing one")
	assert.Equal(t, white, at(48+20, 4+20), "a tile that nothing was put in")
	letters := 0
	for y := 44; y < 57; y++ {
		for x := 4; x < 44; x++ {
			if at(x, y) == labelColor {
				letters++
			}
		}
	}
	assert.Greater(t, letters, 20, "pixels of text")
}

func TestSheetRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	_, err := NewSheet(SheetOptions{Columns: 0, Rows: 101, TileSide: 5})
	for _, want := range []string{"columns of a contact sheet is 0, want 1..100", "rows of a contact sheet is 101", "tile side of a contact sheet is 5, want 16..1024"} {
		require.ErrorContains(t, err, want)
	}
	_, err = NewSheet(SheetOptions{Columns: 100, Rows: 100, TileSide: 1024})
	require.ErrorContains(t, err, "is too large")
	s, err := NewSheet(SheetOptions{Columns: 1, Rows: 1, TileSide: 16})
	require.NoError(t, err)
	require.ErrorContains(t, s.Put(1, 0, nil, ""), "tile is at 1, 0, want a column below 1")
}
