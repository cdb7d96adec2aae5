package kmeans

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Limits of a Payload.
const (
	// MaxValues bounds points*features: 100 million float64 are 800 MB, so two
	// such jobs fit on a machine of 4 GiB, the smallest that fleets use.
	MaxValues = 100_000_000
	// MaxCenterValues bounds clusters*features, and blobs*features likewise:
	// every one of up to 64 chunks of points holds that many sums.
	MaxCenterValues = 1_000_000
	// MaxMaxIterations and MaxRestarts bound the time.
	MaxMaxIterations = 10_000
	MaxRestarts      = 100
)

// Payload of a job of kind "kmeans": blobs to make and clusters to find in
// them. Fields left out have the defaults.
type Payload struct {
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
	// Restarts: 1..MaxRestarts, default 1.
	Restarts int `json:"restarts"`
}

// DefaultPayload is the payload of {}.
func DefaultPayload() Payload {
	return Payload{
		Points: 100_000, Features: 10, Clusters: 3, Blobs: 3, Seed: 1,
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
	return p, p.Check()
}

// Check returns every fault of the payload, joined, or nil.
func (p Payload) Check() error {
	var errs []error
	within := func(name string, value, low, high int) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %d, want %d..%d", name, value, low, high))
		}
	}
	product := func(name string, a, b, high int) {
		// A factor out of its own range is a fault already, and might overflow.
		if a > 0 && b > 0 && a <= MaxValues && b <= MaxValues && a*b > high {
			errs = append(errs, fmt.Errorf("%s is %d, want at most %d", name, a*b, high))
		}
	}
	within("points", p.Points, 1, MaxValues)
	within("features", p.Features, 1, MaxCenterValues)
	within("clusters", p.Clusters, 1, max(1, min(p.Points, MaxCenterValues)))
	within("blobs", p.Blobs, 1, max(1, min(p.Points, MaxCenterValues)))
	within("max_iterations", p.MaxIterations, 1, MaxMaxIterations)
	within("restarts", p.Restarts, 1, MaxRestarts)
	product("points*features", p.Points, p.Features, MaxValues)
	product("clusters*features", p.Clusters, p.Features, MaxCenterValues)
	product("blobs*features", p.Blobs, p.Features, MaxCenterValues)
	if p.Seed < 0 {
		errs = append(errs, fmt.Errorf("seed is %d, want one that is not negative", p.Seed))
	}
	if !(p.Tolerance >= 0 && p.Tolerance <= 1) {
		errs = append(errs, fmt.Errorf("tolerance is %v, want 0..1", p.Tolerance))
	}
	return errors.Join(errs...)
}
