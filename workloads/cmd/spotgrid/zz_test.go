package main_test

import (
	"os"
	"testing"
	"time"
	"path/filepath"
	"math/rand/v2"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

func TestZZ(t *testing.T) {
	d := kmeans.MakeBlobs(kmeans.BlobOptions{Points: 1_000_000, Features: 16, Blobs: 64, Seed: 6})
	rng := rand.New(rand.NewPCG(1,1))
	for i := range d.Values { d.Values[i] += 5*rng.NormFloat64() }
	p := filepath.Join(t.TempDir(), "p.npy")
	f, _ := os.Create(p)
	npy.Write(f, d.Values, []int{d.Points, d.Features}); f.Close()
	s := small(); s.MinWorkers = 2; s.JobsPerWorker=1
	g := newGrid(t, s)
	time.Sleep(4*time.Second)
	b := time.Now()
	out := g.ok("kmeans", "fit", p, "--clusters", "64", "--chunks", "2", "--max-iterations", "30", "--tolerance", "0")
	t.Log(time.Since(b), "\n", out)
	b = time.Now()
	m, _ := kmeans.Fit(t.Context(), d, kmeans.Options{Clusters: 64, Seed: 1, MaxIterations: 30})
	t.Log("here", time.Since(b), m.Iterations, m.Inertia)
	a := spotgrid(t, "", "--grid", g.outputs(), "kmeans", "speedup", p, "--clusters", "64", "--max-iterations", "30", "--tolerance", "0", "--on-grid", "--up-to", "2", "--repeats", "3", "--plot", "")
	t.Log(a.out, a.err)
}
