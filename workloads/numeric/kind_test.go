package numeric

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

func task(t *testing.T, payload string) (job.Task, *bytes.Buffer) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	log := &bytes.Buffer{}
	return job.Task{ID: "j", Payload: json.RawMessage(payload), Files: root, Log: slog.New(slog.NewTextHandler(log, nil))}, log
}

func run(t *testing.T, task job.Task) Result {
	t.Helper()
	raw, err := NewKind(KindOptions{Now: clock()}).Run(t.Context(), task)
	require.NoError(t, err)
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r))
	return r
}

func save(t *testing.T, files *os.Root, name string, shape []int, values ...float64) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, npy.Write(&b, values, shape))
	require.NoError(t, files.WriteFile(name, b.Bytes(), 0o644))
}

func TestKindRunsTheDefaults(t *testing.T) {
	t.Parallel()
	job, log := task(t, `{}`)
	r := run(t, job)
	assert.Equal(t, DefaultSide, r.N)
	assert.InDelta(t, 1.0, r.Seconds, 1e-9)
	// The trace of tanh of 2000 normal numbers has a deviation of 28; their sum,
	// 2000 * 2000 numbers, one of 2000 around 4 million traces.
	assert.Less(t, math.Abs(float64(r.Trace)), 4*28.0)
	assert.NotZero(t, r.Trace)
	assert.InDelta(t, DefaultSide*DefaultSide*float64(r.Trace), float64(r.Checksum), 4*DefaultSide)
	for _, want := range []string{"made a matrix", "n=2000", "checksum="} {
		assert.Contains(t, log.String(), want)
	}
	entries, err := fs.ReadDir(job.Files.FS(), ".")
	require.NoError(t, err)
	assert.Empty(t, entries, "no file is written unasked")
}

func TestTheSeedDecidesTheMatrix(t *testing.T) {
	t.Parallel()
	a, _ := task(t, `{"n":50,"seed":7}`)
	b, _ := task(t, `{"n":50,"seed":8}`)
	assert.Equal(t, run(t, a), run(t, a))
	assert.NotEqual(t, run(t, a).Checksum, run(t, b).Checksum)
}

func TestAFileIsReadAndTheResultWritten(t *testing.T) {
	t.Parallel()
	job, _ := task(t, `{"file":"in.npy","output":"out/of/it.npy"}`)
	save(t, job.Files, "in.npy", []int{2, 2}, 1, 2, 3, 0)
	for range 2 { // the second time replaces the first
		r := run(t, job)
		trace := math.Tanh(1)
		assert.Equal(t, Result{N: 2, Trace: Number(trace), Checksum: Number(1 + trace + (2 + trace) + (3 + trace + trace)), Seconds: 1, Output: "out/of/it.npy"}, r)
		f, err := job.Files.Open("out/of/it.npy")
		require.NoError(t, err)
		defer f.Close()
		values, shape, err := npy.Read(f, 4)
		require.NoError(t, err)
		assert.Equal(t, []float64{1 + trace, 2 + trace, 3 + trace, trace}, values)
		assert.Equal(t, []int{2, 2}, shape)
	}
	entries, err := fs.ReadDir(job.Files.FS(), "out/of")
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file is left")
}

func TestAResultThatIsNotFiniteIsShown(t *testing.T) {
	t.Parallel()
	job, _ := task(t, `{"file":"in.npy"}`)
	save(t, job.Files, "in.npy", []int{1, 1}, math.NaN())
	raw, err := NewKind(KindOptions{Now: clock()}).Run(t.Context(), job)
	require.NoError(t, err)
	assert.JSONEq(t, `{"n":1,"trace":"NaN","checksum":"NaN","seconds":1}`, string(raw))
	for text, want := range map[string]string{`"NaN"`: "NaN", `"Infinity"`: "+Inf", `"-Infinity"`: "-Inf", `1.5`: "1.5"} {
		var n Number
		require.NoError(t, json.Unmarshal([]byte(text), &n))
		back, err := json.Marshal(n)
		require.NoError(t, err)
		assert.Equal(t, text, string(back), want)
	}
}

func TestBadFilesAreRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    string
	}{
		"missing":    {`{"file":"missing.npy"}`, `reading matrix "missing.npy"`},
		"not square": {`{"file":"wide.npy"}`, "its shape is [2 3], want a square matrix of 1..10000 rows"},
		"vector":     {`{"file":"vector.npy"}`, "its shape is [4]"},
		"empty":      {`{"file":"empty.npy"}`, "its shape is [0 0]"},
		"too large":  {`{"file":"large.npy"}`, "want at most 100000000 values"},
		"text":       {`{"file":"text.npy"}`, "want \"\\x93NUMPY\""},
		"pipe":       {`{"file":"pipe.npy"}`, "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task, _ := task(t, c.payload)
			save(t, task.Files, "wide.npy", []int{2, 3}, 1, 2, 3, 4, 5, 6)
			save(t, task.Files, "vector.npy", []int{4}, 1, 2, 3, 4)
			save(t, task.Files, "empty.npy", []int{0, 0})
			require.NoError(t, task.Files.WriteFile("text.npy", []byte("1,2\n3,4\n5,6\n"), 0o644))
			large := "{'descr': '<f8', 'fortran_order': False, 'shape': (10001, 10001), }\n"
			require.NoError(t, task.Files.WriteFile("large.npy", []byte("\x93NUMPY\x01\x00"+string(rune(len(large)))+"\x00"+large), 0o644))
			require.NoError(t, syscall.Mkfifo(filepath.Join(task.Files.Name(), "pipe.npy"), 0o600))
			_, err := NewKind(KindOptions{}).Run(t.Context(), task)
			assert.ErrorContains(t, err, c.want)
			assert.True(t, job.IsRejected(err), "%v", err)
		})
	}
}

func TestAFileThatTheVolumeDoesNotGiveIsTriedAgain(t *testing.T) {
	t.Parallel()
	task, _ := task(t, `{"file":"in.npy"}`)
	require.NoError(t, task.Files.Close()) // every call fails from now on
	_, err := NewKind(KindOptions{}).Run(t.Context(), task)
	assert.ErrorContains(t, err, `reading matrix "in.npy"`)
	assert.False(t, job.IsRejected(err), "%v", err)
}

func TestLinksDoNotLeadOut(t *testing.T) {
	t.Parallel()
	task, _ := task(t, `{"n":2,"output":"link/out.npy"}`)
	outside := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(task.Files.Name(), "link")))
	_, err := NewKind(KindOptions{}).Run(t.Context(), task)
	assert.ErrorContains(t, err, `writing matrix "link/out.npy"`)
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestAWorkerWithoutFilesRejectsThem(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{`{"file":"a.npy"}`, `{"output":"a.npy"}`} {
		_, err := NewKind(KindOptions{}).Run(t.Context(), job.Task{Payload: json.RawMessage(payload)})
		assert.ErrorContains(t, err, "this worker has no folder of users' files")
		assert.True(t, job.IsRejected(err))
	}
}

func TestKindStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, payload := range []string{`{"n":3}`, `{"file":"in.npy"}`} {
		task, _ := task(t, payload)
		save(t, task.Files, "in.npy", []int{1, 1}, 1)
		_, err := NewKind(KindOptions{}).Run(ctx, task)
		require.ErrorIs(t, err, context.Canceled)
		assert.False(t, job.IsRejected(err))
	}
}

func TestKindListsAllFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"out of range":  {`{"n":0,"seed":-1,"output":"x.txt"}`, []string{"n is 0, want 1..10000", "seed is -1", `output is "x.txt"`}},
		"too large":     {`{"n":10001}`, []string{"n is 10001, want 1..10000"}},
		"both":          {`{"n":5,"file":"a.npy"}`, []string{"want either a file or a matrix to make"}},
		"paths":         {`{"file":"/etc/a.npy","output":"../a.npy"}`, []string{`file is "/etc/a.npy"`, `output is "../a.npy"`}},
		"empty path":    {`{"file":""}`, []string{`file is ""`}},
		"onto itself":   {`{"file":"a.npy","output":"a.npy"}`, []string{"want another file than the input"}},
		"unknown field": {`{"size":3}`, []string{`unknown field "size"`}},
		"wrong type":    {`{"n":"many"}`, []string{"decoding payload", "n"}},
		"nul":           {`{"output":"a\u0000.npy"}`, []string{"output is"}},
		"empty":         {``, []string{"payload is empty"}},
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
	assert.Equal(t, "numeric", NewKind(KindOptions{}).Name())
	_, err := Parse(json.RawMessage(`{"file":"` + strings.Repeat("a/", 20) + `b.npy"}`))
	assert.NoError(t, err)
}
