// Package kmeans groups points into clusters: k-means++ seeding and Lloyd's
// iterations in float64, on all cores.
//
// For one seed the outcome is the same, bit for bit, whatever the number of
// threads: sums are made over chunks of points that do not depend on it, and
// added up in the chunks' order.
package kmeans

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
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
	// MaxIterations of one restart: at least 1, default DefaultMaxIterations.
	MaxIterations int
	// Tolerance ends the iterations once the squared distances that the centres
	// moved add up to no more than Tolerance times the mean variance of the
	// features. 0 goes on until no point changes its cluster.
	Tolerance float64
	// Restarts is how often to start anew, the best outcome being kept:
	// default 1.
	Restarts int
	// Threads is how many goroutines work: default GOMAXPROCS.
	Threads int
	// Progress, if set, is called after each iteration, in order.
	Progress func(Progress)
}

// Progress tells of one iteration.
type Progress struct {
	// Restart and Iteration count from 1.
	Restart, Iteration int
	// Inertia before the centres moved: the sum of squared distances of the
	// points to the nearest centre.
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
}

func (o Options) withDefaults() Options {
	if o.MaxIterations == 0 {
		o.MaxIterations = DefaultMaxIterations
	}
	if o.Restarts == 0 {
		o.Restarts = 1
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o
}

func (o Options) check(d Dataset) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if d.Points < 1 || d.Features < 1 || len(d.Values) != d.Points*d.Features {
		bad("dataset has %d points, %d features and %d values, want points*features values, at least one", d.Points, d.Features, len(d.Values))
	}
	if o.Clusters < 1 || o.Clusters > d.Points {
		bad("clusters is %d, want 1..%d, the number of points", o.Clusters, d.Points)
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
	return errors.Join(errs...)
}

// Fit finds the clusters. The error lists every fault of the options and the
// dataset, or wraps the end of ctx, which is looked at in every iteration.
func Fit(ctx context.Context, d Dataset, o Options) (Model, error) {
	o = o.withDefaults()
	if err := o.check(d); err != nil {
		return Model{}, fmt.Errorf("fitting k-means: %w", err)
	}
	l := newLloyd(d, o.Clusters, o.Threads)
	defer l.close()
	variance := l.meanVariance()
	if math.IsNaN(variance) || math.IsInf(variance, 0) {
		return Model{}, errors.New("fitting k-means: the dataset has values that are not finite or are too large to square")
	}
	var best Model
	for restart := 1; restart <= o.Restarts; restart++ {
		rng := rand.New(rand.NewPCG(uint64(o.Seed), uint64(restart)))
		m, err := l.fitOnce(ctx, rng, o, restart, o.Tolerance*variance)
		if err != nil {
			return Model{}, fmt.Errorf("fitting k-means: restart %d: %w", restart, err)
		}
		if restart == 1 || m.Inertia < best.Inertia {
			best = m
		}
	}
	return best, nil
}

// fitOnce seeds the centres and iterates until they rest.
func (l *lloyd) fitOnce(ctx context.Context, rng *rand.Rand, o Options, restart int, tolerance float64) (Model, error) {
	if err := l.seed(ctx, rng); err != nil {
		return Model{}, err
	}
	m := Model{}
	for m.Iterations < o.MaxIterations && !m.Converged {
		if ctx.Err() != nil {
			return Model{}, fmt.Errorf("after %d iterations: %w", m.Iterations, context.Cause(ctx))
		}
		inertia, shift, changed := l.iterate()
		m.Iterations++
		m.Converged = !changed || shift <= tolerance
		if o.Progress != nil {
			o.Progress(Progress{Restart: restart, Iteration: m.Iterations, Inertia: inertia, Shift: shift})
		}
	}
	l.finish(&m)
	return m, nil
}
