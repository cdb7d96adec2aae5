package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

// kmeansTask is what py/kmeans.py is asked: fits, one after the other, each from
// its own points and first centres. Neither side seeds.
type kmeansTask struct {
	// Dir has points-N.npy and centers-N.npy for N below Fits.
	Dir           string  `json:"dir"`
	Fits          int     `json:"fits"`
	MaxIterations int     `json:"max_iterations"`
	Tolerance     float64 `json:"tolerance"`
}

// kmeansCase is a case before its data are made.
type kmeansCase struct {
	name                    string
	aim                     float64
	fits                    int
	points, features, blobs int // no blobs: points that lie evenly in a cube
	clusters, maxIterations int
	tolerance               float64
	data                    []kmeans.Dataset
	centers                 [][][]float64
}

// kmeansCases compare Fit with scikit-learn's KMeans and its Lloyd iterations,
// both with the same threads, in float64.
func kmeansCases() []Case {
	var cases []Case
	for _, c := range []*kmeansCase{
		{
			name: "k-means, ten fits of 100,000 x 10 blobs, k 3", aim: 0.5, fits: 10,
			points: 100_000, features: 10, blobs: 3, clusters: 3, maxIterations: 300, tolerance: 1e-4,
		},
		{
			name: "k-means, 200,000 x 16 blobs, k 64, 50 iterations", aim: 0.8, fits: 1,
			points: 200_000, features: 16, blobs: 64, clusters: 64, maxIterations: 50,
		},
		{
			name: "k-means, 200,000 x 16 without clusters, k 64, 50 iterations", fits: 1,
			points: 200_000, features: 16, clusters: 64, maxIterations: 50,
		},
	} {
		cases = append(cases, Case{
			Name: c.name, Peer: "scikit-learn", Aim: c.aim, Script: "kmeans.py",
			Prepare: c.prepare, Go: c.ours, RelativeTolerance: 1e-6,
		})
	}
	return cases
}

// prepare makes the points and the centres and writes them for the peer.
func (c *kmeansCase) prepare(_ context.Context, dir string) (any, error) {
	for fit := range c.fits {
		d := c.dataset(int64(fit + 1))
		centers := c.start(d, uint64(fit+1))
		c.data, c.centers = append(c.data, d), append(c.centers, centers)
		var flat []float64
		for _, center := range centers {
			flat = append(flat, center...)
		}
		if err := writeNPY(filepath.Join(dir, fmt.Sprintf("points-%d.npy", fit)), d.Values, d.Features); err != nil {
			return nil, err
		}
		if err := writeNPY(filepath.Join(dir, fmt.Sprintf("centers-%d.npy", fit)), flat, d.Features); err != nil {
			return nil, err
		}
	}
	return kmeansTask{Dir: dir, Fits: c.fits, MaxIterations: c.maxIterations, Tolerance: c.tolerance}, nil
}

func (c *kmeansCase) dataset(seed int64) kmeans.Dataset {
	if c.blobs > 0 {
		return kmeans.MakeBlobs(kmeans.BlobOptions{Points: c.points, Features: c.features, Blobs: c.blobs, Seed: seed})
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0))
	d := kmeans.Dataset{Points: c.points, Features: c.features, Values: make([]float64, c.points*c.features)}
	for i := range d.Values {
		d.Values[i] = rng.Float64()
	}
	return d
}

// start are points drawn at random, as centres to begin with: k-means++ would
// leave little to iterate.
func (c *kmeansCase) start(d kmeans.Dataset, seed uint64) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	var centers [][]float64
	for _, i := range rng.Perm(d.Points)[:c.clusters] {
		centers = append(centers, d.Row(i))
	}
	return centers
}

func writeNPY(name string, values []float64, width int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = npy.Write(f, values, []int{len(values) / width, width})
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// ours fits all datasets. The value is the sum of their inertias.
func (c *kmeansCase) ours(ctx context.Context) (Sample, error) {
	s := Sample{}
	iterations := 0
	begun := time.Now()
	for i, d := range c.data {
		m, err := kmeans.Fit(ctx, d, kmeans.Options{
			Clusters: c.clusters, Centers: c.centers[i], MaxIterations: c.maxIterations, Tolerance: c.tolerance,
		})
		if err != nil {
			return Sample{}, err
		}
		s.Value += m.Inertia
		iterations += m.Iterations
		s.Note = fmt.Sprintf("%s, %d iterations", m.Algorithm, iterations)
	}
	s.Seconds = time.Since(begun).Seconds()
	return s, nil
}
