package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

// writePoints writes the points as CSV with a header.
func writePoints(t *testing.T, d kmeans.Dataset) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("x,y,z\n")
	for i := range d.Points {
		p := d.Row(i)
		fmt.Fprintf(&b, "%v,%v,%v\n", p[0], p[1], p[2])
	}
	path := filepath.Join(t.TempDir(), "points.csv")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func TestAFitSurvivesItsCoordinatorAndItsWorkers(t *testing.T) {
	t.Parallel()
	d := kmeans.MakeBlobs(kmeans.BlobOptions{Points: 20_000, Features: 3, Blobs: 40, Seed: 6})
	want, err := kmeans.Fit(t.Context(), d, kmeans.Options{Clusters: 25, Seed: 9, MaxIterations: 30, Parts: 3})
	require.NoError(t, err)
	g := newGrid(t, small())
	command := []string{
		"kmeans", "fit", writePoints(t, d), "--clusters", "25", "--seed", "9", "--chunks", "3", "--max-iterations", "30", "--tolerance", "0",
	}

	first := exec.CommandContext(t.Context(), filepath.Join(programsDir, "spotgrid"), append([]string{"--grid", g.outputs()}, command...)...)
	out, err := first.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, first.Start())
	shown := bufio.NewScanner(out)
	require.True(t, shown.Scan())
	assert.Contains(t, shown.Text(), "3 chunks ready, ")
	for range 5 {
		require.True(t, shown.Scan(), "the fit ended early")
		assert.Contains(t, shown.Text(), "restart 1, iteration ")
	}
	for _, w := range lines[workerLine](t, g.ok("workers", "--json")) {
		assert.NoError(t, syscall.Kill(w.PID, syscall.SIGKILL))
	}
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait(), "it was killed")

	type result struct {
		Inertia    float64
		Iterations int
		Resumed    int
		Labels     string
	}
	all := lines[result](t, g.ok(append(command, "--json")...))
	got := all[len(all)-1]
	assert.Equal(t, []any{want.Inertia, want.Iterations}, []any{got.Inertia, got.Iterations}, "bit for bit the fit of one machine")
	assert.GreaterOrEqual(t, got.Resumed, 5)
	again := g.ok(command...)
	assert.Contains(t, again, "20000×3 in 25 clusters: inertia ")
	assert.NotContains(t, again, "restart 1, iteration", "a finished fit is only shown")
	f, err := os.Open(filepath.Join(g.dir, "volume", "files", got.Labels))
	require.NoError(t, err)
	defer f.Close()
	labels, _, err := npy.Read(f, d.Points)
	require.NoError(t, err)
	for i, label := range want.Labels {
		require.EqualValues(t, label, labels[i], "point %d", i)
	}
}

func TestSpeedupShowsTableAndPlot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plot := filepath.Join(dir, "s.svg")
	a := spotgrid(t, "", "kmeans", "speedup", "--points", "3000", "--features", "2", "--up-to", "3", "--repeats", "1", "--plot", plot)
	require.Zero(t, a.code, a.err)
	for _, want := range []string{"WORKERS", "BY THE LAW", "of the work is serial", "plot: " + plot} {
		assert.Contains(t, a.out, want)
	}
	svg, err := os.ReadFile(plot)
	require.NoError(t, err)
	assert.Contains(t, string(svg), "k-means on 1 to 3 threads")

	a = spotgrid(t, "", "kmeans", "speedup", writePoints(t, kmeans.MakeBlobs(kmeans.BlobOptions{Points: 500, Features: 3, Blobs: 2})), "--repeats", "1", "--plot", "", "--up-to", "2", "--json")
	require.Zero(t, a.code, a.err)
	type answer struct {
		Timings []struct{ Workers int }
		Law     map[string]float64
	}
	got := lines[answer](t, a.out)[0]
	assert.Len(t, got.Timings, 2)
	assert.Positive(t, got.Law["one_worker_seconds"])
}

func TestBadFitsAreRefusedWithAllFaults(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"kmeans fit p.csv --clusters 0 --n-init 0 --algorithm x": {"clusters is 0", "n-init is 0, want 1..100", `algorithm is "x"`},
		"kmeans fit":                           {"accepts 1 arg(s)"},
		"kmeans speedup none.csv":              {"none.csv: no such file"},
		"kmeans speedup --up-to 1 --repeats 0": {"--up-to is 1, want 2..1024", "--repeats is 0, want 1..100"},
		"kmeans speedup --on-grid":             {"--on-grid wants FILE"},
		"kmeans speedup --points 2":            {"--clusters is 3, want 1..2"},
	} {
		a := spotgrid(t, "", strings.Fields(args)...)
		assert.Equal(t, 2, a.code, args)
		for _, fault := range want {
			assert.Contains(t, a.err, fault, args)
		}
	}
}
