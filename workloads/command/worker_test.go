package command

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// runOnWorker runs jobs, by ID, on a real worker until its queue is empty, and
// returns its volume.
func runOnWorker(t *testing.T, o Options, payloads map[string]string) *volume.Volume {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	jobs := queue.New(memory.New(memory.Options{LeaseSeconds: 30}), queue.Options{Name: "jobs"})
	dead := queue.New(memory.New(memory.Options{LeaseSeconds: 30}), queue.Options{Name: "dead"})
	for id, payload := range payloads {
		body, err := job.Encode(job.Job{Version: job.Version, ID: id, Kind: KindName, Payload: json.RawMessage(payload), Limits: job.Limits{MaxAttempts: 1}})
		require.NoError(t, err)
		require.NoError(t, jobs.Send(t.Context(), queue.Message{ID: id, Body: body}))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Name: "w", Queue: jobs, DeadLetter: dead, Volume: v, Kinds: job.NewKinds(NewKind(o)), Slots: 2, DrainSeconds: 5,
			Interrupts: interrupt.Join(), Log: slog.New(slog.DiscardHandler),
		})
	}()
	require.Eventually(t, func() bool {
		stats, err := jobs.Stats(t.Context())
		return err == nil && stats == queue.Stats{}
	}, 30*time.Second, 5*time.Millisecond, "the jobs are not done")
	stop()
	require.NoError(t, <-ended)
	return v
}

func TestEveryFailureIsInTheLogWithItsJob(t *testing.T) {
	t.Parallel()
	o := Options{Secrets: keeper(t, map[string]string{"token": "tok-3f9a8b7c6d"}, nil)}
	v := runOnWorker(t, o, map[string]string{
		"exits":  `{"argv":["sh","-c","echo $TOKEN; exit 7"],"secrets":{"TOKEN":"file:token"}}`,
		"absent": `{"argv":["no-such-program"]}`,
		"greedy": `{"argv":["dd","if=/dev/zero","of=f","bs=1M","count=3"],"limits":{"file_mib":1}}`,
		"inputs": `{"argv":["true"],"inputs":[{"from":"missing"}]}`,
		"secret": `{"argv":["true"],"secrets":{"A":"file:missing"}}`,
	})
	for id, cause := range map[string]string{
		"exits": `program \"sh\" exited with code 7`, "absent": `finding program \"no-such-program\"`, "greedy": `met the limit file_mib 1`,
		"inputs": "finding inputs: inputs[0]", "secret": `finding secret \"file:missing\" for variable \"A\"`,
	} {
		log := readLog(t, v, id)
		found := false
		for line := range strings.Lines(log) {
			found = found || strings.Contains(line, "command failed") && strings.Contains(line, cause) && strings.Contains(line, `"job":"`+id+`"`)
		}
		assert.True(t, found, "job %s with %q in:\n%s", id, cause, log)
		letter, err := v.Dead(id)
		require.NoError(t, err)
		assert.Contains(t, letter.Cause, strings.ReplaceAll(cause, `\"`, `"`))
		if id == "greedy" {
			assert.Equal(t, job.Rejected, letter.Outcome)
			assert.Contains(t, string(letter.Result), `"limits_met":["file_mib"]`)
		}
	}
	assertNowhere(t, v.Path(), "tok-3f9a8b7c6d")
	assert.Contains(t, readLog(t, v, "exits"), "[secret TOKEN]")
}

func readLog(t *testing.T, v *volume.Volume, id string) string {
	t.Helper()
	log, err := v.OpenLog(id, 1)
	require.NoError(t, err)
	defer log.Close()
	text, err := io.ReadAll(log)
	require.NoError(t, err)
	return string(text)
}

// assertNowhere looks for a text in every file of a folder.
func assertNowhere(t *testing.T, folder, text string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(folder, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(name)
		assert.NotContains(t, string(content), text, name)
		return err
	}))
	assert.NotZero(t, files)
}

func TestFilesGoThroughTheVolumeOfAWorker(t *testing.T) {
	t.Parallel()
	v := runOnWorker(t, Options{}, map[string]string{"maker": `{"argv":["sh","-c","echo made > out.txt"],"outputs":["*.txt"]}`})
	text, err := os.ReadFile(filepath.Join(v.Path(), "files", "outputs", "maker", "out.txt"))
	require.NoError(t, err)
	assert.Equal(t, "made\n", string(text))
	record, err := v.Result("maker")
	require.NoError(t, err)
	assert.Contains(t, string(record.Result), `"outputs":{"folder":"outputs/maker","files":1,"bytes":5}`)
}
