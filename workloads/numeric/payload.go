package numeric

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Limits and defaults of a Payload.
const (
	// MaxJobSide bounds a job's matrix: with its result it takes 1.6 GB then,
	// which fits on a machine of 4 GiB, the smallest that fleets use.
	MaxJobSide = 10_000
	// DefaultSide is the n of {}.
	DefaultSide = 2000
	// DefaultSeed is the seed of {}.
	DefaultSeed = 1
)

// Payload of a job of kind "numeric": a matrix to make or to read, and where to
// write what TraceTanh makes of it.
type Payload struct {
	// N is the number of rows of a matrix to make: 1..MaxJobSide, default
	// DefaultSide; 0 when File is set.
	N int
	// Seed of the matrix to make, not negative, default DefaultSeed; 0 when File
	// is set.
	Seed int64
	// File is a square matrix to read, an .npy file below the folder of users'
	// files; of at most MaxJobSide rows. It excludes N and Seed.
	File string
	// Output, if set, is where the result is written, an .npy file below the
	// folder of users' files, other than File.
	Output string
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(payload json.RawMessage) (Payload, error) {
	if len(payload) == 0 {
		return Payload{}, errors.New("payload is empty, want a JSON object; {} has the defaults")
	}
	var given struct {
		N      *int    `json:"n"`
		Seed   *int64  `json:"seed"`
		File   *string `json:"file"`
		Output *string `json:"output"`
	}
	if err := job.DecodeStrict(payload, &given); err != nil {
		return Payload{}, fmt.Errorf("decoding payload: %w", err)
	}
	if given.File != nil && (given.N != nil || given.Seed != nil) {
		return Payload{}, errors.New("file is given with n or seed, want either a file or a matrix to make")
	}
	p := Payload{N: DefaultSide, Seed: DefaultSeed}
	set(&p.N, given.N)
	set(&p.Seed, given.Seed)
	if given.File != nil {
		p = Payload{File: *given.File}
	}
	set(&p.Output, given.Output)
	var errs []error
	if given.File != nil {
		errs = append(errs, checkPath("file", p.File))
	} else {
		errs = append(errs, p.checkMade())
	}
	if given.Output != nil {
		errs = append(errs, checkPath("output", p.Output))
	}
	if given.Output != nil && p.Output == p.File {
		errs = append(errs, fmt.Errorf("output is %q, want another file than the input", p.Output))
	}
	return p, errors.Join(errs...)
}

// set sets dst to what was given, if anything was.
func set[T any](dst *T, given *T) {
	if given != nil {
		*dst = *given
	}
}

// checkMade checks a matrix to make.
func (p Payload) checkMade() error {
	var errs []error
	if p.N < 1 || p.N > MaxJobSide {
		errs = append(errs, fmt.Errorf("n is %d, want 1..%d", p.N, MaxJobSide))
	}
	if p.Seed < 0 {
		errs = append(errs, fmt.Errorf("seed is %d, want one that is not negative", p.Seed))
	}
	return errors.Join(errs...)
}

func checkPath(name, path string) error {
	if !fs.ValidPath(path) || !strings.HasSuffix(path, ".npy") || strings.Contains(path, "\x00") {
		return fmt.Errorf("%s is %q, want a path below the folder of users' files without . and .., that ends in .npy", name, path)
	}
	return nil
}
