package volume_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestAttemptsComeBackInOrderBesideABrokenOne(t *testing.T) {
	t.Parallel()
	v := open(t)
	none, err := v.Attempts("j")
	require.NoError(t, err)
	require.Empty(t, none)
	for _, n := range []int{10, 2, 3} {
		require.NoError(t, v.WriteAttempt("j", job.Attempt{Number: n, Worker: "w", Outcome: job.Failed, StartedAt: noon, EndedAt: noon}))
	}
	require.NoError(t, v.WriteAttempt("j", job.Attempt{Number: 2, Worker: "w", Outcome: job.TimedOut, StartedAt: noon, EndedAt: noon}))
	three, err := filepath.Glob(filepath.Join(v.Path(), "attempts", "*", "j", "3.json"))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(three[0], 5))

	attempts, err := v.Attempts("j")
	require.ErrorContains(t, err, "j/3.json")
	assert.ErrorContains(t, err, "is broken")
	assert.Equal(t, []job.Attempt{
		{Number: 2, Worker: "w", Outcome: job.TimedOut, StartedAt: noon, EndedAt: noon},
		{Number: 10, Worker: "w", Outcome: job.Failed, StartedAt: noon, EndedAt: noon},
	}, attempts)
	assert.ErrorContains(t, v.WriteAttempt("j", job.Attempt{}), "attempt number is 0")
}

func TestDeadJobsAreKeptReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	v := open(t)
	r := record("j")
	r.Outcome, r.Cause = job.Failed, "first death"
	r.Job = &job.Job{Version: 1, ID: "j", Kind: "noop", Payload: []byte(`{}`)}
	require.NoError(t, v.WriteDead(r))
	r.Cause = "second death"
	require.NoError(t, v.WriteDead(r))
	var causes []string
	for d, err := range v.DeadJobs() {
		require.NoError(t, err)
		require.Equal(t, r.Job, d.Job)
		causes = append(causes, d.Cause)
	}
	assert.Equal(t, []string{"second death"}, causes)
	require.NoError(t, v.RemoveDead("j"))
	require.NoError(t, v.RemoveDead("j"))
	_, err := v.Dead("j")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestBatchIsWrittenOnceAndItsResultsFollowItsOrder(t *testing.T) {
	t.Parallel()
	v := open(t)
	jobs := []job.Job{{Version: 1, ID: "b", Kind: "noop"}, {Version: 1, ID: "a", Kind: "noop"}, {Version: 1, ID: "c", Kind: "noop"}}
	require.NoError(t, v.WriteBatch("old", noon, jobs[:1]))
	require.NoError(t, v.WriteBatch("new", noon.Add(time.Hour), jobs))
	require.ErrorIs(t, v.WriteBatch("new", noon, jobs[:1]), volume.ErrExist)
	breakFile(t, v, "batches/torn.json")

	batches, err := v.Batches()
	require.ErrorContains(t, err, "batches/torn.json")
	assert.Equal(t, []volume.Batch{
		{Version: 1, ID: "new", SubmittedAt: noon.Add(time.Hour), Jobs: 3},
		{Version: 1, ID: "old", SubmittedAt: noon, Jobs: 1},
	}, batches)

	for _, id := range []string{"a", "b", "elsewhere"} {
		_, err := v.CommitResult(record(id))
		require.NoError(t, err)
	}
	var ids []string
	for r, err := range v.Results("new") {
		require.NoError(t, err)
		ids = append(ids, r.JobID)
	}
	assert.Equal(t, []string{"b", "a"}, ids)

	for _, err := range v.Results("none") {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func TestBrokenBatchLineIsNamedAndTheOthersFollow(t *testing.T) {
	t.Parallel()
	v := open(t)
	require.NoError(t, v.WriteBatch("b", noon, nil))
	text := `{"id":"one","kind":"k"}` + "\n{half\n" + `{"id":"three","kind":"k"}` + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(v.Path(), "batches", "b.jobs.jsonl"), []byte(text), 0o600))
	var ids, faults []string
	for j, err := range v.BatchJobs("b") {
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		ids = append(ids, j.ID)
	}
	assert.Equal(t, []string{"one", "three"}, ids)
	require.Len(t, faults, 1)
	assert.Contains(t, faults[0], `line 2 of file "b.jobs.jsonl" is broken`)
}

func TestLogIsAppendedListedAndTailed(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.TailLog("j", 1, 5)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, text := range []string{"one\ntwo\n", "three"} {
		f, err := v.CreateLog("j", 1)
		require.NoError(t, err)
		_, err = io.WriteString(f, text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	f, err := v.CreateLog("j", 11)
	require.NoError(t, err)
	_, err = io.WriteString(f, strings.Repeat("x", 2<<20)+"\nlast\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	lines, err := v.TailLog("j", 1, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"two", "three"}, lines)
	lines, err = v.TailLog("j", 11, 5)
	require.NoError(t, err)
	assert.Equal(t, []string{"last"}, lines, "a line whose start was cut off is dropped")
	numbers, err := v.Logs("j")
	require.NoError(t, err)
	assert.Equal(t, []int{1, 11}, numbers)
	assert.FileExists(t, filepath.Join(v.Path(), volume.LogPath("j", 11)))
}

func TestWorkersAreReplacedListedAndRemoved(t *testing.T) {
	t.Parallel()
	v := open(t)
	w := volume.Worker{Version: 1, Name: "w-1", State: volume.Idle, Slots: 2, Jobs: []string{}, StartedAt: noon, UpdatedAt: noon}
	require.NoError(t, v.WriteWorker(w))
	w.State, w.Jobs = volume.Busy, []string{"j"}
	require.NoError(t, v.WriteWorker(w))
	breakFile(t, v, "workers/w-0.json")
	workers, err := v.Workers()
	require.ErrorContains(t, err, "workers/w-0.json")
	assert.Equal(t, []volume.Worker{w}, workers)
	require.NoError(t, v.RemoveWorker("w-1"))
	require.NoError(t, v.RemoveWorker("w-1"))
	assert.NoFileExists(t, filepath.Join(v.Path(), "workers", "w-1.json"))
}

func TestSweepRemovesOnlyOldTemporaryFiles(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.CommitResult(record("j"))
	require.NoError(t, err)
	old := filepath.Join(v.Path(), "results", "ab", ".tmp-killed-1")
	young := filepath.Join(v.Path(), "workers", ".tmp-busy-1")
	for _, path := range []string{old, young} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("half"), 0o600))
	}
	require.NoError(t, os.Chtimes(old, noon, noon))

	removed, err := v.Sweep(noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, removed)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young)
	has, err := v.HasResult("j")
	require.NoError(t, err)
	assert.True(t, has)
}
