package vision

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

// SheetOptions are the layout of a contact sheet.
type SheetOptions struct {
	// Columns and Rows of tiles: 1..100 each.
	Columns, Rows int
	// TileSide is the room for a picture, in pixels: 16..1024. A line of text
	// comes below.
	TileSide int
}

// maxSheetPixels bounds a sheet: 256 MiB.
const maxSheetPixels = 64 << 20

// Check returns every fault of the layout, joined, or nil.
func (o SheetOptions) Check() error {
	var errs []error
	within := func(name string, value, low, high int) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s of a contact sheet is %d, want %d..%d", name, value, low, high))
		}
	}
	within("columns", o.Columns, 1, 100)
	within("rows", o.Rows, 1, 100)
	within("tile side", o.TileSide, 16, 1024)
	if r := o.bounds(); len(errs) == 0 && r.Dx()*r.Dy() > maxSheetPixels {
		errs = append(errs, fmt.Errorf("a contact sheet of %d×%d pixels is too large, want at most %d together", r.Dx(), r.Dy(), maxSheetPixels))
	}
	return errors.Join(errs...)
}

// sheetGap between tiles, in pixels.
const sheetGap = 4

func (o SheetOptions) tileHeight() int { return o.TileSide + labelHeight }

func (o SheetOptions) bounds() image.Rectangle {
	return image.Rect(0, 0, o.Columns*(o.TileSide+sheetGap)+sheetGap, o.Rows*(o.tileHeight()+sheetGap)+sheetGap)
}

// Sheet is a contact sheet: small pictures in rows, with a line of text each.
type Sheet struct {
	options SheetOptions
	picture *image.RGBA
}

// NewSheet makes an empty sheet.
func NewSheet(o SheetOptions) (*Sheet, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	s := &Sheet{options: o, picture: image.NewRGBA(o.bounds())}
	draw.Draw(s.picture, s.picture.Rect, image.White, image.Point{}, draw.Src)
	return s, nil
}

// Put shrinks a picture into the tile at column and row, counted from 0. A
// missing picture, nil, leaves it gray. Text that is too long loses its
// beginning, as names differ at their end.
func (s *Sheet) Put(column, row int, p *image.YCbCr, text string) error {
	o := s.options
	if column < 0 || column >= o.Columns || row < 0 || row >= o.Rows {
		return fmt.Errorf("tile is at %d, %d, want a column below %d and a row below %d", column, row, o.Columns, o.Rows)
	}
	left, top := sheetGap+column*(o.TileSide+sheetGap), sheetGap+row*(o.tileHeight()+sheetGap)
	room := image.Rect(left, top, left+o.TileSide, top+o.TileSide)
	if p == nil {
		fillRect(s.picture, room, color.RGBA{R: 200, G: 200, B: 200, A: 255})
	} else {
		width, height := Fit(p.Rect.Dx(), p.Rect.Dy(), o.TileSide)
		at := room.Min.Add(image.Pt((o.TileSide-width)/2, (o.TileSide-height)/2))
		draw.Draw(s.picture, image.Rectangle{Min: at, Max: at.Add(image.Pt(width, height))}, Shrink(p, width, height), image.Point{}, draw.Src)
	}
	const letterWidth = 7
	letters := []rune(text)
	letters = letters[max(0, len(letters)-o.TileSide/letterWidth):]
	label(s.picture, left, top+o.TileSide, string(letters), color.RGBA{R: 255, G: 255, B: 255, A: 255})
	return nil
}

// Picture is the sheet. It is not copied.
func (s *Sheet) Picture() *image.RGBA { return s.picture }
