package kmeans

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// KindName is the job kind that clusters points.
const KindName = "kmeans"

// logEvery is how many iterations pass between two lines in the job's log.
const logEvery = 10

// KindOptions are what the worker decides about its k-means jobs.
type KindOptions struct {
	// Threads of one job: default GOMAXPROCS. A worker that runs several jobs
	// at a time gives each its share.
	Threads int
	// Now is the clock the duration is measured with; default time.Now.
	Now func() time.Time
}

// Result of a job of kind "kmeans".
type Result struct {
	Points   int `json:"points"`
	Features int `json:"features"`
	Clusters int `json:"clusters"`
	// Inertia, Iterations, Converged, Centers and Sizes are as in Model.
	Inertia    float64     `json:"inertia"`
	Iterations int         `json:"iterations"`
	Converged  bool        `json:"converged"`
	Centers    [][]float64 `json:"centers"`
	Sizes      []int       `json:"sizes"`
	// Seconds that making the points and fitting them took together.
	Seconds float64 `json:"seconds"`
	Seed    int64   `json:"seed"`
}

type kind struct{ options KindOptions }

var _ job.Kind = kind{}

// NewKind makes the job kind "kmeans". Its payload is a Payload and its result
// a Result.
func NewKind(o KindOptions) job.Kind {
	if o.Now == nil {
		o.Now = time.Now
	}
	return kind{o}
}

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	p, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	begun := k.options.Now()
	data := MakeBlobs(BlobOptions{Points: p.Points, Features: p.Features, Blobs: p.Blobs, Seed: p.Seed})
	task.Log.Info("made points", "points", p.Points, "features", p.Features, "blobs", p.Blobs, "seed", p.Seed)
	model, err := Fit(ctx, data, Options{
		Clusters: p.Clusters, Seed: p.Seed, MaxIterations: p.MaxIterations, Tolerance: p.Tolerance,
		Restarts: p.Restarts, Threads: k.options.Threads,
		Progress: func(s Progress) {
			if s.Iteration%logEvery == 1 {
				task.Log.Info("iteration", "restart", s.Restart, "iteration", s.Iteration, "inertia", s.Inertia, "shift", s.Shift)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	task.Log.Info("fitted", "iterations", model.Iterations, "converged", model.Converged, "inertia", model.Inertia, "sizes", model.Sizes)
	encoded, err := json.Marshal(Result{
		Points: p.Points, Features: p.Features, Clusters: p.Clusters,
		Inertia: model.Inertia, Iterations: model.Iterations, Converged: model.Converged,
		Centers: model.Centers, Sizes: model.Sizes,
		Seconds: k.options.Now().Sub(begun).Seconds(), Seed: p.Seed,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}
