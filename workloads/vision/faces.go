package vision

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"slices"

	pigo "github.com/esimov/pigo/core"
)

// cascade tells faces from what is none. It comes with github.com/esimov/pigo
// under the license beside it, and was made by Nenad Markuš for pico.
//
//go:embed cascade/facefinder
var cascade []byte

// maxWindows is how many windows are joined to faces, the surest: a picture
// made for it could have a hundred thousand.
const maxWindows = 4096

// Face is a square around a face, in pixels of the picture.
type Face struct {
	X    int `json:"x"` // left
	Y    int `json:"y"` // top
	Side int `json:"side"`
	// Score is the sum over the windows that were joined: larger is surer.
	Score float64 `json:"score"`
}

// FaceOptions say what counts as a face.
type FaceOptions struct {
	// MinSide is the smallest face in pixels: 20..4096. The work grows with
	// the inverse of its square.
	MinSide int
	// MinScore that is reported: not negative. Single windows score below 5.
	MinScore float64
}

// DefaultFaces are the options that docs/vision.md has figures of.
var DefaultFaces = FaceOptions{MinSide: 40, MinScore: 5}

// Check returns every fault of the options, joined, or nil.
func (o FaceOptions) Check() error {
	var errs []error
	if o.MinSide < 20 || o.MinSide > 4096 {
		errs = append(errs, fmt.Errorf("smallest face is %d pixels, want 20..4096", o.MinSide))
	}
	if !(o.MinScore >= 0 && o.MinScore <= 1e6) {
		errs = append(errs, fmt.Errorf("least score of a face is %v, want 0..1000000", o.MinScore))
	}
	return errors.Join(errs...)
}

// Steps of the search, as pigo's own command has them.
const (
	windowShift  = 0.1 // of a window's side
	windowGrowth = 1.1
)

// FaceFinder finds faces. It is safe for concurrent use.
type FaceFinder struct{ classifier *pigo.Pigo }

// NewFaceFinder unpacks the cascade.
func NewFaceFinder() (*FaceFinder, error) {
	c, err := pigo.NewPigo().Unpack(cascade)
	if err != nil {
		return nil, fmt.Errorf("unpacking the face cascade: %w", err)
	}
	return &FaceFinder{c}, nil
}

// Find finds upright faces seen from the front (Markuš et al. 2013, "Object
// detection with pixel intensity comparisons organized in decision trees"),
// the surest first.
func (f *FaceFinder) Find(g *image.Gray, o FaceOptions) []Face {
	width, height := g.Rect.Dx(), g.Rect.Dy()
	windows := f.classifier.RunCascade(pigo.CascadeParams{
		MinSize: o.MinSide, MaxSize: min(width, height), ShiftFactor: windowShift, ScaleFactor: windowGrowth,
		ImageParams: pigo.ImageParams{Pixels: g.Pix, Rows: height, Cols: width, Dim: g.Stride},
	}, 0)
	slices.SortStableFunc(windows, func(a, b pigo.Detection) int { return cmp.Compare(b.Q, a.Q) })
	return joinWindows(windows[:min(len(windows), maxWindows)], o.MinScore)
}
