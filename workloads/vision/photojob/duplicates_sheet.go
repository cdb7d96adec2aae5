package photojob

import (
	"context"
	"fmt"
	"image"
	"os"
	"path"

	"github.com/spotgrid/spotgrid/workloads/vision"
)

// Layout of the contact sheet: a row for each group, as many photos as fit.
// The picture has at most 1316×8704 pixels.
const (
	sheetColumns  = 8
	maxSheetRows  = 50
	sheetTileSide = 160
)

// drawGroups draws the first groups, and returns the sheet as JPEG; nil if
// there is none.
func drawGroups(ctx context.Context, root *os.Root, photoBytes int, groups []Group) ([]byte, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	groups = groups[:min(len(groups), maxSheetRows)]
	columns := 0
	for _, g := range groups {
		columns = max(columns, min(sheetColumns, len(g.Photos)))
	}
	sheet, err := vision.NewSheet(vision.SheetOptions{Columns: columns, Rows: len(groups), TileSide: sheetTileSide})
	if err != nil {
		return nil, err
	}
	for row, g := range groups {
		for column, m := range g.Photos[:min(columns, len(g.Photos))] {
			if err := context.Cause(ctx); err != nil {
				return nil, fmt.Errorf("drawing the contact sheet: %w", err)
			}
			text := fmt.Sprintf("%d: %s", m.Distance, path.Base(m.File))
			if err := sheet.Put(column, row, tile(root, photoBytes, m), text); err != nil {
				return nil, err
			}
		}
	}
	return vision.EncodeJPEG(sheet.Picture())
}

// tile is a small picture of a photo: of its thumbnail, else of itself. One
// that is gone since it was looked at is nil.
func tile(root *os.Root, photoBytes int, m Member) *image.YCbCr {
	for _, name := range []string{m.thumbnail, m.File} {
		if name == "" || !isBelow(name) {
			continue
		}
		data, err := read(root, name, int64(min(MaxFileBytes, photoBytes/2)))
		if err != nil {
			continue
		}
		decoded, err := vision.Decode(data, vision.DecodeOptions{LongSide: sheetTileSide, MaxBytes: photoBytes - len(data)})
		if err == nil {
			return decoded.Picture
		}
	}
	return nil
}
