package photojob

import (
	"errors"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

// DefaultRadius is how many of a hash's 64 bits may differ in near-duplicates:
// copies saved again or in another size are within 4, and pictures drawn by
// chance were never within 8 (docs/vision.md).
const DefaultRadius = 6

// DuplicatesPayload of a job of kind "vision-duplicates". Fields left out have
// the defaults.
type DuplicatesPayload struct {
	// Index are what vision jobs wrote: names, or patterns as of path.Match,
	// below the volume's files, such as "seen/index/*.jsonl". Together at most
	// MaxIndexPhotos photos.
	Index []string `json:"index"`
	// Radius is how many bits two hashes of a group may differ in:
	// 0..vision.MaxRadius, default DefaultRadius.
	Radius int `json:"radius"`
	// Output is the folder that groups and contact sheet are written to, below
	// the volume's files. None: only the result tells.
	Output string `json:"output"`
}

// ParseDuplicates reads a payload strictly and returns every fault of it,
// joined.
func ParseDuplicates(raw []byte) (DuplicatesPayload, error) {
	p := DuplicatesPayload{Radius: DefaultRadius}
	if len(raw) == 0 {
		return p, errors.New(`payload is empty, want a JSON object such as {"index":["seen/index/*.jsonl"]}`)
	}
	if err := job.DecodeStrict(raw, &p); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	return p, p.Check()
}

// Check returns every fault of the payload, joined, or nil.
func (p DuplicatesPayload) Check() error {
	errs := checkFiles("index", p.Index)
	if p.Radius < 0 || p.Radius > vision.MaxRadius {
		errs = append(errs, fmt.Errorf("radius is %d, want 0..%d bits", p.Radius, vision.MaxRadius))
	}
	if p.Output != "" {
		errs = append(errs, checkFolder("output", p.Output))
	}
	return errors.Join(errs...)
}
