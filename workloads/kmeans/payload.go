package kmeans

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Limits of a Payload.
const (
	// MaxValues bounds points*features: 100 million float64 are 800 MB, so two
	// such jobs fit on a machine of 4 GiB, the smallest that fleets use.
	MaxValues = 100_000_000
	// MaxCenterValues bounds clusters*features, and blobs*features likewise:
	// every one of up to 64 blocks of points holds that many sums.
	MaxCenterValues = 1_000_000
	// MaxMaxIterations and MaxRestarts bound the time.
	MaxMaxIterations = 10_000
	MaxRestarts      = 100
)

// Payload of a job of kind "kmeans": points from a file, or blobs to make, and
// clusters to find in them. Fields left out have the defaults.
type Payload struct {
	// File with the points, below the grid's files, as ReadPoints reads it; it
	// has at most MaxValues numbers. Points, features and blobs are then left out.
	File string `json:"file,omitempty"`
	// Points to make: 1..MaxValues, default 100000.
	Points int `json:"points"`
	// Features of each point: 1..MaxCenterValues, default 10; points*features
	// is at most MaxValues.
	Features int `json:"features"`
	// Clusters to find: 1..points, default 3; clusters*features is at most
	// MaxCenterValues.
	Clusters int `json:"clusters"`
	// Blobs to make: 1..points, default 3; blobs*features is at most
	// MaxCenterValues.
	Blobs int `json:"blobs"`
	// Seed of the points and of the fit: not negative, default 1.
	Seed int64 `json:"seed"`
	// MaxIterations of one restart: 1..MaxMaxIterations, default
	// DefaultMaxIterations.
	MaxIterations int `json:"max_iterations"`
	// Tolerance as in Options: 0..1, default DefaultTolerance.
	Tolerance float64 `json:"tolerance"`
	// Restarts: 1..MaxRestarts, default 1. NInit is another name of it, that of
	// scikit-learn; only one of them may be given.
	Restarts int `json:"restarts"`
	NInit    int `json:"n_init,omitempty"`
	// Algorithm: one of Algorithms, default Auto.
	Algorithm Algorithm `json:"algorithm"`
	// Output, if given, is a folder below the grid's files that gets LabelsFile
	// and CentersFile.
	Output string `json:"output,omitempty"`
}

// DefaultPayload is the payload of {}.
func DefaultPayload() Payload {
	return Payload{
		Points: 100_000, Features: 10, Clusters: 3, Blobs: 3, Seed: 1, Algorithm: Auto,
		MaxIterations: DefaultMaxIterations, Tolerance: DefaultTolerance, Restarts: 1,
	}
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(payload json.RawMessage) (Payload, error) {
	p := DefaultPayload()
	if len(payload) == 0 {
		return p, errors.New("payload is empty, want a JSON object; {} has the defaults")
	}
	if err := job.DecodeStrict(payload, &p); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(payload, &given); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	f := &faults{}
	if given["n_init"] != nil {
		f.within("n_init", p.NInit, 1, MaxRestarts)
		if given["restarts"] != nil {
			f.bad("restarts and n_init are given, want one of them")
		}
	}
	f.add(p.Check())
	for _, name := range []string{"points", "features", "blobs"} {
		if _, is := given[name]; is && p.File != "" {
			f.bad("%s is given with file, want one of them", name)
		}
	}
	if given["n_init"] != nil {
		p.Restarts = p.NInit
	}
	return p, errors.Join(f.errs...)
}

// Check returns every fault of the payload, joined, or nil.
func (p Payload) Check() error {
	f := &faults{}
	if p.File == "" {
		f.within("points", p.Points, 1, MaxValues)
		f.within("features", p.Features, 1, MaxCenterValues)
		f.within("clusters", p.Clusters, 1, max(1, min(p.Points, MaxCenterValues)))
		f.within("blobs", p.Blobs, 1, max(1, min(p.Points, MaxCenterValues)))
		f.product("points*features", p.Points, p.Features, MaxValues)
		f.product("clusters*features", p.Clusters, p.Features, MaxCenterValues)
		f.product("blobs*features", p.Blobs, p.Features, MaxCenterValues)
	} else {
		f.within("clusters", p.Clusters, 1, MaxCenterValues)
		f.add(checkPath("file", p.File))
		if ext := strings.ToLower(path.Ext(p.File)); ext != ".csv" && ext != ".npy" {
			f.bad("file is %q, want one that ends in .csv or .npy", p.File)
		}
	}
	f.within("max_iterations", p.MaxIterations, 1, MaxMaxIterations)
	f.within("restarts", p.Restarts, 1, MaxRestarts)
	if p.Seed < 0 {
		f.bad("seed is %d, want one that is not negative", p.Seed)
	}
	if !(p.Tolerance >= 0 && p.Tolerance <= 1) {
		f.bad("tolerance is %v, want 0..1", p.Tolerance)
	}
	f.add(p.Algorithm.check())
	if p.Output != "" {
		f.add(checkPath("output", p.Output))
	}
	return errors.Join(f.errs...)
}

// faults gathers what is wrong.
type faults struct{ errs []error }

func (f *faults) bad(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

func (f *faults) add(err error) {
	if err != nil {
		f.errs = append(f.errs, err)
	}
}

func (f *faults) within(name string, value, low, high int) {
	if value < low || value > high {
		f.bad("%s is %d, want %d..%d", name, value, low, high)
	}
}

func (f *faults) product(name string, a, b, high int) {
	// A factor out of its own range is a fault already, and might overflow.
	if a > 0 && b > 0 && a <= MaxValues && b <= MaxValues && a*b > high {
		f.bad("%s is %d, want at most %d", name, a*b, high)
	}
}
