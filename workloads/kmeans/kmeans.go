// Package kmeans groups points into clusters: k-means++ seeding and Lloyd's
// iterations in float64, on all cores of one machine, or in chunks on the
// workers of a grid.
//
// For one seed the outcome is the same, bit for bit, whatever the number of
// threads, the algorithm, and however often the fit was interrupted and
// resumed: sums are made over blocks of points that depend on nothing of it,
// and added up in the blocks' order. A fit in chunks is the same, bit for bit,
// as one on one machine with as many Parts.
package kmeans

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// Defaults of Options, those of scikit-learn's KMeans.
const (
	DefaultMaxIterations = 300
	DefaultTolerance     = 1e-4
)

// Dataset is points in rows.
type Dataset struct {
	// Points is the number of rows, Features the numbers in each.
	Points, Features int
	// Values holds the rows one after another: Points*Features finite numbers.
	Values []float64
	// TrueCenters are the centres the points were drawn around; nil for points
	// that were not made by MakeBlobs.
	TrueCenters [][]float64
}

// Row is point i. It shares memory with the dataset.
func (d Dataset) Row(i int) []float64 { return row(d.Values, i, d.Features) }

// Options of Fit.
type Options struct {
	// Clusters to find: 1..Points.
	Clusters int
	// Seed of all randomness.
	Seed int64
	// Centers to start from: Clusters rows of finite numbers, with Restarts 1.
	// Nil: k-means++ chooses them.
	Centers [][]float64
	// MaxIterations of one restart: at least 1, default DefaultMaxIterations.
	MaxIterations int
	// Tolerance ends the iterations once the squared distances that the centres
	// moved add up to no more than Tolerance times the mean variance of the
	// features. 0 goes on until no centre moves.
	Tolerance float64
	// Restarts is how often to start anew, the best outcome being kept, the
	// first of several: default 1.
	Restarts int
	// Algorithm that finds the nearest centres: default Auto. It does not change
	// the outcome.
	Algorithm Algorithm
	// Threads is how many goroutines work: default GOMAXPROCS. They do not
	// change the outcome.
	Threads int
	// Parts is into how many runs of almost equal length the points are cut to be
	// added up: 1..Points, default 1. It changes the outcome by rounding only.
	Parts int
	// Progress, if set, is called after each iteration, in order.
	Progress func(Progress)
	// InertiaEvery is every how many iterations, from the first, Progress is told
	// the inertia, which algorithms with bounds do not know by themselves:
	// default 1.
	InertiaEvery int
	// Checkpoint, if set, keeps what a fit of the same points and options needs
	// to go on after an interruption.
	Checkpoint Checkpoint
	// Now is the clock that checkpoints are paced by; default time.Now.
	Now func() time.Time
}

// Progress tells of one iteration.
type Progress struct {
	// Restart and Iteration count from 1.
	Restart, Iteration int
	// Inertia before the centres moved: the sum of squared distances of the
	// points to the nearest centre. NaN where InertiaEvery leaves it out.
	Inertia float64
	// Shift is the sum of the squared distances that the centres moved.
	Shift float64
}

// Model is the outcome of Fit.
type Model struct {
	// Centers of the clusters, in the order they were seeded.
	Centers [][]float64
	// Labels has the cluster of each point: the nearest centre, the first one
	// of several.
	Labels []int32
	// Sizes counts the points of each cluster. Zero happens where fewer points
	// than clusters are different.
	Sizes []int
	// Inertia is the sum of squared distances to the nearest centre.
	Inertia float64
	// Iterations of the restart that was kept.
	Iterations int
	// Converged: the iterations ended by Tolerance, not by MaxIterations.
	Converged bool
	// Algorithm that was used.
	Algorithm Algorithm
	// Resumed is the iteration after which a checkpoint was taken up; 0 if the fit
	// began at the beginning.
	Resumed int
}

func (o Options) withDefaults() Options {
	setDefault(&o.MaxIterations, DefaultMaxIterations)
	setDefault(&o.Restarts, 1)
	setDefault(&o.Threads, runtime.GOMAXPROCS(0))
	setDefault(&o.Parts, 1)
	setDefault(&o.InertiaEvery, 1)
	setDefault(&o.Algorithm, Auto)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func setDefault[T comparable](v *T, otherwise T) {
	if *v == *new(T) {
		*v = otherwise
	}
}

// faults are those of the options, for a number of points and features.
func (o Options) faults(points, features int) []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.Clusters < 1 || o.Clusters > points {
		bad("clusters is %d, want 1..%d, the number of points", o.Clusters, points)
	}
	if o.MaxIterations < 1 {
		bad("max iterations is %d, want 1 or more", o.MaxIterations)
	}
	if !(o.Tolerance >= 0) || math.IsInf(o.Tolerance, 0) {
		bad("tolerance is %v, want a finite number that is not negative", o.Tolerance)
	}
	if o.Restarts < 1 {
		bad("restarts is %d, want 1 or more", o.Restarts)
	}
	if o.Threads < 1 {
		bad("threads is %d, want 1 or more", o.Threads)
	}
	if o.Parts < 1 || o.Parts > points {
		bad("parts is %d, want 1..%d, the number of points", o.Parts, points)
	}
	if o.InertiaEvery < 1 {
		bad("inertia every is %d, want 1 or more", o.InertiaEvery)
	}
	if err := o.Algorithm.check(); err != nil {
		errs = append(errs, err)
	}
	return append(errs, o.centersFault(features)...)
}

func (o Options) centersFault(features int) []error {
	if o.Centers == nil {
		return nil
	}
	var errs []error
	if len(o.Centers) != o.Clusters {
		errs = append(errs, fmt.Errorf("centers are %d, want %d, the number of clusters", len(o.Centers), o.Clusters))
	}
	if o.Restarts > 1 {
		errs = append(errs, fmt.Errorf("restarts is %d, want 1 with given centers", o.Restarts))
	}
	for c, center := range o.Centers {
		if len(center) != features || slices.ContainsFunc(center, isNotFinite) {
			errs = append(errs, fmt.Errorf("center %d has %d values, want %d finite ones, the number of features", c, len(center), features))
		}
	}
	return errs
}

func isNotFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// maxVariance keeps all squared distances finite.
const maxVariance = 1e290

// errNotFinite is about values that distances cannot be worked out for.
var errNotFinite = errors.New("the dataset has values that are not finite or are too large to square")

// Fit finds the clusters. The error lists every fault of the options and the
// dataset, or wraps the end of ctx, which is looked at several times in every
// iteration, or an error of the checkpoint.
func Fit(ctx context.Context, d Dataset, o Options) (Model, error) {
	m, err := fitHere(ctx, d, o.withDefaults())
	if err != nil {
		return Model{}, fmt.Errorf("fitting k-means: %w", err)
	}
	return m, nil
}

func fitHere(ctx context.Context, d Dataset, o Options) (Model, error) {
	if err := checkFit(d, o); err != nil {
		return Model{}, err
	}
	pool := newPool(o.Threads)
	defer pool.close()
	w := newWhole(d, o.Clusters, pool)
	variance, err := w.variance(ctx)
	if err != nil {
		return Model{}, err
	}
	o.Algorithm = o.Algorithm.choose(o.Clusters, d.Features)
	here := newLocal(d, o, pool)
	s := &search{
		engine: here, o: o, k: o.Clusters, features: d.Features, tolerance: o.Tolerance * variance,
		mark: markOf(d.Points, d.Features, o, variance),
		seed: func(ctx context.Context, restart int) ([]float64, error) { return w.start(ctx, o, restart) },
	}
	best, err := s.run(ctx)
	if err != nil {
		return Model{}, err
	}
	m := best.model(o)
	m.Resumed = s.resumed
	m.Labels, err = here.labels(ctx, best.centers)
	return m, err
}

// checkFit returns every fault of the dataset's shape and the options, joined.
func checkFit(d Dataset, o Options) error {
	var errs []error
	if d.Points < 1 || d.Features < 1 || len(d.Values) != d.Points*d.Features {
		errs = append(errs, fmt.Errorf("dataset has %d points, %d features and %d values, want points*features values, at least one", d.Points, d.Features, len(d.Values)))
	}
	return errors.Join(append(errs, o.faults(d.Points, d.Features)...)...)
}

// variance is meanVariance of a dataset that can be worked with.
func (w *whole) variance(ctx context.Context) (float64, error) {
	v, err := w.meanVariance(ctx)
	if err != nil {
		return 0, fmt.Errorf("measuring the spread of the points: %w", err)
	}
	if !(v*float64(w.data.Points)*float64(w.data.Features) < maxVariance) {
		return 0, errNotFinite
	}
	return v, nil
}

// start are the centres that a restart begins with.
func (w *whole) start(ctx context.Context, o Options, restart int) ([]float64, error) {
	if o.Centers != nil {
		return slices.Concat(o.Centers...), nil
	}
	return w.seed(ctx, rand.New(rand.NewPCG(uint64(o.Seed), uint64(restart))))
}
