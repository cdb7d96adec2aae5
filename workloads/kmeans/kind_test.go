package kmeans

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

// clock goes on by a second each time it is read.
func clock() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func TestKindRunsTheDefaults(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	k := NewKind(KindOptions{Now: clock()})
	assert.Equal(t, "kmeans", k.Name())
	raw, err := k.Run(t.Context(), job.Task{Payload: json.RawMessage(`{}`), Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r))
	assert.Equal(t, []any{100_000, 10, 3, int64(1)}, []any{r.Points, r.Features, r.Clusters, r.Seed})
	assert.True(t, r.Converged)
	assert.InEpsilon(t, 10*100_000, r.Inertia, 0.02)
	assert.Len(t, r.Centers, 3)
	for _, size := range r.Sizes {
		assert.InDelta(t, 100_000/3, size, 100)
	}
	assert.InDelta(t, 1.0, r.Seconds, 1e-9)
	for _, want := range []string{"made points", "iteration=1 ", "converged=true"} {
		assert.Contains(t, log.String(), want)
	}
}

func TestKindStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := NewKind(KindOptions{}).Run(ctx, job.Task{Payload: json.RawMessage(`{"points":100}`), Log: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, job.IsRejected(err))
}

func TestKindListsAllFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"out of range": {
			`{"points":0,"features":-1,"clusters":0,"blobs":0,"seed":-5,"max_iterations":10001,"tolerance":1.5,"restarts":101}`,
			[]string{"points is 0, want 1..100000000", "features is -1, want 1..1000000", "clusters is 0, want 1..1", "blobs is 0", "seed is -5",
				"max_iterations is 10001, want 1..10000", "tolerance is 1.5, want 0..1", "restarts is 101, want 1..100"},
		},
		"too much memory": {
			`{"points":50000000,"features":400,"clusters":3000,"blobs":5000}`,
			[]string{"points*features is 20000000000, want at most 100000000", "clusters*features is 1200000, want at most 1000000", "blobs*features is 2000000"},
		},
		"overflow":                  {`{"points":9000000000000000000,"features":10}`, []string{"points is 9000000000000000000, want"}},
		"more clusters than points": {`{"points":5,"clusters":6}`, []string{"clusters is 6, want 1..5"}},
		"unknown field":             {`{"k":3}`, []string{`unknown field "k"`}},
		"wrong type":                {`{"points":"many"}`, []string{"decoding payload", "points"}},
		"empty":                     {``, []string{"payload is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := NewKind(KindOptions{})
			err := k.Check(json.RawMessage(c.payload))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			_, err = k.Run(t.Context(), job.Task{Payload: json.RawMessage(c.payload)})
			assert.True(t, job.IsRejected(err), "%v", err)
		})
	}
}

// files is an empty folder of users' files.
func files(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root
}

// run runs a job of the kind and decodes its result.
func run(t *testing.T, k job.Kind, payload string, task job.Task, into any) error {
	t.Helper()
	task.Payload, task.Log = json.RawMessage(payload), slog.New(slog.DiscardHandler)
	raw, err := k.Run(t.Context(), task)
	if err == nil {
		require.NoError(t, job.DecodeStrict(raw, into))
	}
	return err
}

func TestKindReadsAndWritesFiles(t *testing.T) {
	t.Parallel()
	d := MakeBlobs(BlobOptions{Points: 600, Features: 3, Blobs: 4, Seed: 2})
	var table strings.Builder
	table.WriteString("x,y,z\n")
	for i := range d.Points {
		p := d.Row(i)
		fmt.Fprintf(&table, "%v,%v,%v\n", p[0], p[1], p[2])
	}
	root := files(t)
	require.NoError(t, root.Mkdir("in", 0o700))
	require.NoError(t, root.WriteFile("in/points.csv", []byte(table.String()), 0o600))
	require.NoError(t, writeMatrix(root, "in/points.npy", "t", d.Values, 3))
	want := fit(t, d, Options{Clusters: 4, Seed: 1, Tolerance: DefaultTolerance, Restarts: 3})

	for _, name := range []string{"in/points.csv", "in/points.npy"} {
		var r Result
		task := job.Task{ID: "j", Files: root}
		require.NoError(t, run(t, NewKind(KindOptions{}), `{"file":"`+name+`","clusters":4,"n_init":3,"algorithm":"yinyang","output":"out/four"}`, task, &r), name)
		assert.Equal(t, []int{600, 3, 4}, []int{r.Points, r.Features, r.Clusters}, name)
		assert.Equal(t, want.Inertia, r.Inertia, name)
		assert.Equal(t, Yinyang, r.Algorithm)
		assert.Equal(t, []string{"out/four/labels.npy", "out/four/centers.npy"}, r.Output)
		assert.Empty(t, r.Centers, "the file has them")
		centers, err := readMatrix(root, "out/four/centers.npy", 4, 3)
		require.NoError(t, err)
		assert.Equal(t, slices.Concat(want.Centers...), centers)
		f, err := root.Open("out/four/labels.npy")
		require.NoError(t, err)
		defer f.Close()
		labels, shape, err := npy.Read(f, 600)
		require.NoError(t, err)
		assert.Equal(t, []int{600}, shape)
		for i, v := range labels {
			require.EqualValues(t, want.Labels[i], v)
		}
		entries, err := fs.ReadDir(root.FS(), "out/four")
		require.NoError(t, err)
		assert.Len(t, entries, 2, "no temporary file is left")
	}
}

func TestFilesThatCannotBeWorkedWithAreRejected(t *testing.T) {
	t.Parallel()
	root := files(t)
	require.NoError(t, root.WriteFile("bad.csv", []byte("1,2\n3,x\n"), 0o600))
	require.NoError(t, root.WriteFile("two.csv", []byte("1,2\n3,4\n"), 0o600))
	require.NoError(t, root.WriteFile("huge.csv", []byte("1e200,2\n3,4\n"), 0o600))
	require.NoError(t, writeFile(root, "cube.npy", "t", func(w io.Writer) error { return npy.Write(w, make([]float64, 8), []int{2, 2, 2}) }))
	require.NoError(t, writeMatrix(root, "nan.npy", "t", []float64{1, 2, 3, math.NaN()}, 2))
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(root.Name(), "out.csv")))
	for payload, want := range map[string]string{
		`{"file":"bad.csv"}`:                    `points in "bad.csv": reading csv: line 2, column 2: "x" is not a finite number`,
		`{"file":"none.csv"}`:                   "no such file",
		`{"file":"two.csv","clusters":3}`:       "clusters is 3, want 1..2",
		`{"file":"huge.csv","clusters":2}`:      "too large to square",
		`{"file":"cube.npy"}`:                   "its shape is [2 2 2], want points and features",
		`{"file":"nan.npy","clusters":2}`:       "row 2, column 2 is NaN, want finite numbers",
		`{"file":"/etc/points.csv"}`:            `file is "/etc/points.csv", want a path below the grid's files`,
		`{"file":"../points.csv"}`:              `file is "../points.csv", want a path`,
		`{"file":"points.txt"}`:                 "want one that ends in .csv or .npy",
		`{"file":"two.csv","points":2}`:         "points is given with file, want one of them",
		`{"output":"a/../../b"}`:                `output is "a/../../b", want a path`,
		`{"n_init":2,"restarts":3}`:             "restarts and n_init are given",
		`{"n_init":0}`:                          "n_init is 0, want 1..100",
		`{"algorithm":"elkan"}`:                 `algorithm is "elkan", want one of auto, lloyd, hamerly, yinyang`,
		`{"file":"two.csv","clusters":2000000}`: "clusters is 2000000, want 1..1000000",
	} {
		err := run(t, NewKind(KindOptions{}), payload, job.Task{Files: root}, nil)
		require.ErrorContains(t, err, want, payload)
		assert.True(t, job.IsRejected(err), payload)
	}
	err := run(t, NewKind(KindOptions{}), `{"file":"out.csv"}`, job.Task{Files: root}, nil)
	require.ErrorContains(t, err, "escapes", "no link leads out")
	err = run(t, NewKind(KindOptions{}), `{"file":"two.csv"}`, job.Task{}, nil)
	require.ErrorContains(t, err, "this worker has no folder of files")
	assert.True(t, job.IsRejected(err))
}

func TestInterruptedJobGoesOnFromItsCheckpoint(t *testing.T) {
	t.Parallel()
	const payload = `{"points":4000,"features":2,"clusters":30,"blobs":7,"seed":3,"tolerance":0,"max_iterations":60}`
	p, err := Parse(json.RawMessage(payload))
	require.NoError(t, err)
	kept := &memory{}
	o := kind{}.fitOptions(p, job.Task{Checkpoint: kept, Log: slog.New(slog.DiscardHandler)})
	hours(&o)
	want := fit(t, MakeBlobs(BlobOptions{Points: 4000, Features: 2, Blobs: 7, Seed: 3}), o)
	require.Greater(t, len(kept.saved), 8)

	var r Result
	require.NoError(t, run(t, NewKind(KindOptions{}), payload, job.Task{Checkpoint: &memory{saved: kept.saved[:7]}}, &r))
	assert.Equal(t, 7, r.Resumed)
	assert.Equal(t, want.Inertia, r.Inertia)
	assert.Equal(t, want.Centers, r.Centers)

	broken := &memory{err: errors.New("the volume is full")}
	require.NoError(t, run(t, NewKind(KindOptions{}), payload, job.Task{Checkpoint: broken}, &r), "a job can do without")
	assert.Equal(t, want.Inertia, r.Inertia)
}
