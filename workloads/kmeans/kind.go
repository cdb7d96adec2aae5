package kmeans

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path"
	"slices"
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
	// CacheBytes bounds what a worker keeps of the chunks it worked on, in bytes:
	// default DefaultCacheBytes; negative keeps nothing. It is for "kmeans-chunk".
	CacheBytes int64
	// Now is the clock the duration is measured with; default time.Now.
	Now func() time.Time
}

// Result of a job of kind "kmeans".
type Result struct {
	Points   int `json:"points"`
	Features int `json:"features"`
	Clusters int `json:"clusters"`
	// Inertia, Iterations, Converged, Algorithm, Centers and Sizes are as in
	// Model. Centers are left out where Output has them.
	Inertia    float64     `json:"inertia"`
	Iterations int         `json:"iterations"`
	Converged  bool        `json:"converged"`
	Algorithm  Algorithm   `json:"algorithm"`
	Centers    [][]float64 `json:"centers,omitempty"`
	Sizes      []int       `json:"sizes"`
	// Output are the files written, below the grid's files: labels and centers.
	Output []string `json:"output,omitempty"`
	// Resumed is as in Model.
	Resumed int `json:"resumed,omitempty"`
	// Seconds that making or reading the points and fitting them took together,
	// in the attempt that ended the job.
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
	data, err := k.points(p, task)
	if err != nil {
		return nil, err
	}
	model, err := Fit(ctx, data, k.fitOptions(p, task))
	if err != nil {
		if ctx.Err() == nil {
			err = job.Reject(err) // the same points would give the same
		}
		return nil, err
	}
	task.Log.Info("fitted", "algorithm", model.Algorithm, "iterations", model.Iterations, "converged", model.Converged, "inertia", model.Inertia, "sizes", model.Sizes)
	r := Result{
		Points: data.Points, Features: data.Features, Clusters: p.Clusters,
		Inertia: model.Inertia, Iterations: model.Iterations, Converged: model.Converged, Algorithm: model.Algorithm,
		Centers: model.Centers, Sizes: model.Sizes, Resumed: model.Resumed, Seed: p.Seed,
	}
	if p.Output != "" {
		if r.Output, err = writeModel(task, p.Output, model); err != nil {
			return nil, err
		}
		r.Centers = nil
	}
	r.Seconds = k.options.Now().Sub(begun).Seconds()
	encoded, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

// points are those of the payload's file, or made. A file that cannot be
// worked with is not better the next time.
func (k kind) points(p Payload, task job.Task) (Dataset, error) {
	if (p.File != "" || p.Output != "") && task.Files == nil {
		return Dataset{}, job.Reject(errNoFiles)
	}
	if p.File == "" {
		d := MakeBlobs(BlobOptions{Points: p.Points, Features: p.Features, Blobs: p.Blobs, Seed: p.Seed})
		task.Log.Info("made points", "points", p.Points, "features", p.Features, "blobs", p.Blobs, "seed", p.Seed)
		return d, nil
	}
	d, err := readFile(task.Files, p.File, MaxValues)
	if err != nil {
		return Dataset{}, rejectUnlessIO(err)
	}
	task.Log.Info("read points", "file", p.File, "points", d.Points, "features", d.Features)
	var f faults
	f.within("clusters", p.Clusters, 1, d.Points)
	f.product("clusters*features", p.Clusters, d.Features, MaxCenterValues)
	return d, job.Reject(errors.Join(f.errs...))
}

var errNoFiles = errors.New("the job needs files, and this worker has no folder of files")

// rejectUnlessIO rejects what is wrong with a file's content or its absence,
// not what the volume is to blame for.
func rejectUnlessIO(err error) error {
	var io *fs.PathError
	if errors.As(err, &io) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return job.Reject(err)
}

func (k kind) fitOptions(p Payload, task job.Task) Options {
	o := Options{
		Clusters: p.Clusters, Seed: p.Seed, MaxIterations: p.MaxIterations, Tolerance: p.Tolerance,
		Restarts: p.Restarts, Algorithm: p.Algorithm, Threads: k.options.Threads, InertiaEvery: logEvery,
		Progress: func(s Progress) {
			if !math.IsNaN(s.Inertia) {
				task.Log.Info("iteration", "restart", s.Restart, "iteration", s.Iteration, "inertia", s.Inertia, "shift", s.Shift)
			}
		},
	}
	if task.Checkpoint != nil {
		o.Checkpoint = lenient{task.Checkpoint, task.Log}
	}
	return o
}

// lenient is a checkpoint that a fit can do without: what goes wrong with it
// is said in the log.
type lenient struct {
	Checkpoint
	log *slog.Logger
}

func (l lenient) Load(ctx context.Context) ([]byte, error) {
	b, err := l.Checkpoint.Load(ctx)
	if err != nil {
		l.log.Warn("the checkpoint cannot be read, beginning anew", "error", err)
	}
	return b, nil
}

func (l lenient) Save(ctx context.Context, data []byte) error {
	if err := l.Checkpoint.Save(ctx, data); err != nil {
		l.log.Warn("the checkpoint cannot be written", "error", err)
	}
	return nil
}

// writeModel writes labels and centres and returns the files' names.
func writeModel(task job.Task, folder string, m Model) ([]string, error) {
	names := []string{path.Join(folder, LabelsFile), path.Join(folder, CentersFile)}
	if err := writeLabels(task.Files, names[0], task.ID, m.Labels); err != nil {
		return nil, err
	}
	return names, writeMatrix(task.Files, names[1], task.ID, slices.Concat(m.Centers...), len(m.Centers[0]))
}
