package photojob

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

// Limits of a Payload.
const (
	// MaxPhotos of one job: what is known of each is kept in memory, in the
	// checkpoint and in the result, some hundred bytes a photo.
	MaxPhotos = 10_000
	// MinLongSide and MaxLongSide bound Payload.LongSide, in pixels.
	MinLongSide, MaxLongSide = 64, 4096
	// MinThumbnailSide and MaxThumbnailSide bound Payload.ThumbnailSide.
	MinThumbnailSide, MaxThumbnailSide = 16, 1024
)

// Step is one thing to do with a photo.
type Step string

// The steps.
const (
	StepHash      Step = "hash"      // the perceptual hash, which vision-duplicates needs
	StepFaces     Step = "faces"     // faces seen from the front
	StepCorners   Step = "corners"   // how many corners there are
	StepEdges     Step = "edges"     // the share of pixels that are edges
	StepThumbnail Step = "thumbnail" // writes a small picture
	StepAnnotate  Step = "annotate"  // writes a picture with what was found
)

var allSteps = []Step{StepHash, StepFaces, StepCorners, StepEdges, StepThumbnail, StepAnnotate}

// Payload of a job of kind "vision". Fields left out have the defaults.
type Payload struct {
	// Files names the photos, below the volume's files: names, or patterns as
	// of path.Match, such as "photos/*/*.jpg". At least one; together at most
	// MaxPhotos photos. What a pattern finds does not include names that begin
	// with a dot.
	Files []string `json:"files"`
	// Steps to do: default hash, faces, corners and edges.
	Steps []Step `json:"steps"`
	// Output is the folder that is written to, below the volume's files. None:
	// nothing is written, and the steps thumbnail and annotate are refused.
	Output string `json:"output"`
	// LongSide is what each photo is shrunk to before it is looked at, in
	// pixels of its longer side: MinLongSide..MaxLongSide, default 1024.
	LongSide int `json:"long_side"`
	// ThumbnailSide is the longer side of thumbnails in pixels:
	// MinThumbnailSide..MaxThumbnailSide, at most LongSide, default 256 or
	// LongSide if that is less.
	ThumbnailSide int `json:"thumbnail_side"`
	// MinFaceSide is the smallest face, in pixels of the shrunk photo:
	// 20..4096, default 40.
	MinFaceSide int `json:"min_face_side"`
	// MinFaceScore is the least score of a face: 0..1000000, default
	// vision.DefaultFaces.
	MinFaceScore float64 `json:"min_face_score"`
	// CornerThreshold in gray levels: 1..254, default 20.
	CornerThreshold int `json:"corner_threshold"`
	// EdgeLow and EdgeHigh are the thresholds of edges: 0..2040, defaults 50
	// and 150.
	EdgeLow  int `json:"edge_low"`
	EdgeHigh int `json:"edge_high"`
}

// DefaultPayload is the payload of {} but for its files.
func DefaultPayload() Payload {
	return Payload{
		Steps: []Step{StepHash, StepFaces, StepCorners, StepEdges}, LongSide: 1024,
		MinFaceSide: vision.DefaultFaces.MinSide, MinFaceScore: vision.DefaultFaces.MinScore,
		CornerThreshold: vision.DefaultCornerThreshold,
		EdgeLow:         vision.DefaultEdges.Low, EdgeHigh: vision.DefaultEdges.High,
	}
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(raw []byte) (Payload, error) {
	p := DefaultPayload()
	if len(raw) == 0 {
		return p, errors.New(`payload is empty, want a JSON object such as {"files":["photos/*.jpg"]}`)
	}
	if err := job.DecodeStrict(raw, &p); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	if p.ThumbnailSide == 0 {
		p.ThumbnailSide = min(256, p.LongSide)
	}
	return p, p.Check()
}

// Check returns every fault of the payload, joined, or nil.
func (p Payload) Check() error {
	errs := checkFiles("files", p.Files)
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	within := func(name string, value, low, high int) {
		if value < low || value > high {
			bad("%s is %d, want %d..%d", name, value, low, high)
		}
	}
	for i, s := range p.Steps {
		if !slices.Contains(allSteps, s) {
			bad("steps[%d] is %q, want one of %s", i, s, joinSteps(allSteps))
		}
	}
	if len(p.Steps) == 0 {
		bad("steps is empty, want some of %s", joinSteps(allSteps))
	}
	if writes := p.writes(); p.Output == "" && len(writes) > 0 {
		bad("output is empty, and %s needs a folder", joinSteps(writes))
	}
	if p.Output != "" {
		errs = append(errs, checkFolder("output", p.Output))
	}
	within("long_side", p.LongSide, MinLongSide, MaxLongSide)
	within("thumbnail_side", p.ThumbnailSide, MinThumbnailSide, min(MaxThumbnailSide, max(p.LongSide, MinThumbnailSide)))
	within("corner_threshold", p.CornerThreshold, 1, 254)
	errs = append(errs, p.faces().Check(), p.edges().Check())
	return errors.Join(errs...)
}

func (p Payload) does(s Step) bool { return slices.Contains(p.Steps, s) }

// writes are the steps that write files.
func (p Payload) writes() []Step {
	var steps []Step
	for _, s := range []Step{StepThumbnail, StepAnnotate} {
		if p.does(s) {
			steps = append(steps, s)
		}
	}
	return steps
}

func (p Payload) faces() vision.FaceOptions {
	return vision.FaceOptions{MinSide: p.MinFaceSide, MinScore: p.MinFaceScore}
}

func (p Payload) edges() vision.EdgeOptions {
	return vision.EdgeOptions{Low: p.EdgeLow, High: p.EdgeHigh}
}

func joinSteps(steps []Step) string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// checkFiles returns every fault of a list of names and patterns.
func checkFiles(field string, names []string) []error {
	var errs []error
	if len(names) == 0 || len(names) > MaxPhotos {
		errs = append(errs, fmt.Errorf("%s has %d entries, want 1..%d names or patterns", field, len(names), MaxPhotos))
	}
	for i, name := range names {
		if !isBelow(name) {
			errs = append(errs, fmt.Errorf("%s[%d] is %q, want a name or pattern below the volume's files, without .. and not absolute", field, i, name))
		}
		if _, err := path.Match(name, ""); err != nil {
			errs = append(errs, fmt.Errorf("%s[%d] is %q: %w", field, i, name, err))
		}
	}
	return errs
}

func checkFolder(field, name string) error {
	if !isBelow(name) {
		return fmt.Errorf("%s is %q, want a folder below the volume's files, without .. and not absolute", field, name)
	}
	return nil
}

func isBelow(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, "\x00")
}
