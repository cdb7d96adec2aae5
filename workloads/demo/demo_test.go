package demo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/demo"
	"github.com/spotgrid/spotgrid/workloads/demo/photos"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kinds"
	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
)

func inputs(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	files, err := demo.Inputs()
	require.NoError(t, err)
	require.NoError(t, demo.Write(root, files))
	require.NoError(t, demo.Write(root, files), "a second demo replaces the files")
	return root
}

// run runs a job as a worker does.
func run(t *testing.T, root *os.Root, j job.Job) json.RawMessage {
	t.Helper()
	k, err := kinds.All().Get(j.Kind)
	require.NoError(t, err)
	result, err := k.Run(t.Context(), job.Task{ID: "job-" + j.Kind, Payload: j.Payload, Log: slog.New(slog.DiscardHandler), Output: io.Discard, Files: root})
	require.NoError(t, err, "%s %s", j.Kind, j.Payload)
	return result
}

func TestTheBatchHasEveryKindAndEachPayloadIsGood(t *testing.T) {
	t.Parallel()
	first, err := demo.First(demo.Options{Output: "demo/run", Wiki: true})
	require.NoError(t, err)
	second, err := demo.Second(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	seen := map[string]int{}
	for _, j := range append(first, second...) {
		require.NoError(t, kinds.All().CheckPayload(j))
		seen[j.Kind]++
	}
	assert.Equal(t, map[string]int{"kmeans": 11, "command": 20, "vision": 4, "vision-duplicates": 1, "alerts": 1, "numeric": 1, "wiki": 1}, seen)

	offline, err := demo.First(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(offline, func(j job.Job) bool { return j.Kind == "wiki" }))
}

func TestAlertsAreJudgedAsTheyWereMade(t *testing.T) {
	t.Parallel()
	root := inputs(t)
	var r reportjob.Result
	require.NoError(t, json.Unmarshal(run(t, root, pick(t, "alerts")), &r))
	verdicts := map[string]alerts.Verdict{}
	for _, rule := range r.Rules {
		verdicts[rule.Name] = rule.Verdict
		assert.Contains(t, demo.Truth(), rule.Name)
	}
	assert.Len(t, verdicts, len(demo.Truth()))
	assert.Equal(t, alerts.Keep, verdicts["error rate of checkout above 2 %"])
	assert.Equal(t, alerts.Keep, verdicts["queue of orders is old"])
	assert.Equal(t, alerts.Silence, verdicts["CPU above 80 %"])
	assert.NotEqual(t, alerts.Keep, verdicts["backup is slow"])
	assert.NotEqual(t, alerts.Keep, verdicts["disk latency"])
}

func TestOnlyTheCutOffPhotoFailsAndCopiesAreFound(t *testing.T) {
	t.Parallel()
	root := inputs(t)
	read, failed, faces := 0, 0, 0
	for i, j := range all(t, "vision") {
		k, err := kinds.All().Get(j.Kind)
		require.NoError(t, err)
		raw, err := k.Run(t.Context(), job.Task{ID: string(rune('a' + i)), Payload: j.Payload, Log: slog.New(slog.DiscardHandler), Output: io.Discard, Files: root})
		require.NoError(t, err)
		var r photojob.Result
		require.NoError(t, json.Unmarshal(raw, &r))
		read, failed, faces = read+r.Read, failed+r.Failed, faces+r.Faces
	}
	assert.Equal(t, []int{16, 1, 2}, []int{read, failed, faces}, "read, failed, faces")
	second, err := demo.Second(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	var d photojob.DuplicatesResult
	require.NoError(t, json.Unmarshal(run(t, root, second[0]), &d))
	assert.Equal(t, len(photos.Copies()), d.Groups)
	assert.Equal(t, 6, d.Duplicates)
}

func TestInputsAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	a, err := demo.Inputs()
	require.NoError(t, err)
	b, err := demo.Inputs()
	require.NoError(t, err)
	require.Len(t, b, len(a))
	for i := range a {
		assert.Equal(t, a[i].Name, b[i].Name)
		assert.True(t, bytes.Equal(a[i].Data, b[i].Data), a[i].Name)
	}
}

func all(t *testing.T, kind string) []job.Job {
	t.Helper()
	jobs, err := demo.First(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	return slices.DeleteFunc(jobs, func(j job.Job) bool { return j.Kind != kind })
}

func pick(t *testing.T, kind string) job.Job { return all(t, kind)[0] }
