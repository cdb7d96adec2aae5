package volume_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func record(id string) volume.Record {
	return volume.Record{
		JobID: id, Batch: "b", Kind: "noop", Outcome: job.Succeeded, Result: json.RawMessage(`{"x":1}`),
		Attempts: []job.Attempt{{Number: 1, Worker: "w", StartedAt: noon, EndedAt: noon.Add(time.Second), Outcome: job.Succeeded}},
		Worker:   "w", StartedAt: noon, EndedAt: noon.Add(time.Second), Seconds: 1, Log: volume.LogPath(id, 1),
	}
}

func TestEveryAttemptIsPaidFor(t *testing.T) {
	t.Parallel()
	r := record("j")
	assert.InDelta(t, 1, r.ChargedSeconds(), 1e-9)
	interrupted := job.Attempt{Number: 1, StartedAt: noon, EndedAt: noon.Add(3 * time.Second), Outcome: job.Interrupted}
	backwards := job.Attempt{Number: 2, StartedAt: noon, EndedAt: noon.Add(-time.Second), Outcome: job.Interrupted}
	r.Attempts = append([]job.Attempt{interrupted, backwards}, r.Attempts...)
	assert.InDelta(t, 4, r.ChargedSeconds(), 1e-9, "a clock that was set back takes nothing off")
	assert.InDelta(t, 1, volume.Record{Seconds: 1}.ChargedSeconds(), 1e-9)
}

func TestResultIsReadAsCommitted(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.Result("j")
	require.ErrorIs(t, err, fs.ErrNotExist)
	has, err := v.HasResult("j")
	require.NoError(t, err)
	require.False(t, has)

	first, err := v.CommitResult(record("j"))
	require.NoError(t, err)
	assert.True(t, first)
	got, err := v.Result("j")
	require.NoError(t, err)
	want := record("j")
	want.Version = volume.Version
	assert.Equal(t, want, got)
	has, err = v.HasResult("j")
	require.NoError(t, err)
	assert.True(t, has)
}

func TestOnlyOneOfManyCommitsIsFirst(t *testing.T) {
	t.Parallel()
	v := open(t)
	const jobs, writers = 20, 16
	var firsts [jobs]atomic.Int32
	var winner [jobs]atomic.Value
	var wg sync.WaitGroup
	for w := range writers {
		other, err := volume.Open("file://" + v.Path()) // as another process would
		require.NoError(t, err)
		wg.Go(func() {
			for j := range jobs {
				r := record(fmt.Sprint("job-", j))
				r.Worker = fmt.Sprint("worker-", w)
				first, err := other.CommitResult(r)
				if assert.NoError(t, err) && first {
					firsts[j].Add(1)
					winner[j].Store(r.Worker)
				}
			}
		})
	}
	wg.Wait()
	for j := range jobs {
		require.Equal(t, int32(1), firsts[j].Load())
		r, err := v.Result(fmt.Sprint("job-", j))
		require.NoError(t, err)
		assert.Equal(t, winner[j].Load(), r.Worker, "the winner's result was replaced")
	}
	assert.Empty(t, temporaries(t, v))
}

func temporaries(t *testing.T, v *volume.Volume) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(v.Path(), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(path), ".tmp-") {
			found = append(found, path)
		}
		return err
	}))
	return found
}

func TestIDsThatLeaveTheFolderAreRefused(t *testing.T) {
	t.Parallel()
	v := open(t)
	for _, id := range []string{"", "../x", "a/b", ".hidden", "a\x00b", strings.Repeat("x", 129)} {
		_, err := v.CommitResult(volume.Record{JobID: id})
		assert.ErrorContains(t, err, "want 1..128 of letters", "CommitResult %q", id)
		_, err = v.Result(id)
		assert.ErrorContains(t, err, "want 1..128 of letters", "Result %q", id)
		assert.ErrorContains(t, v.WriteAttempt(id, job.Attempt{Number: 1}), "want 1..128 of letters", "WriteAttempt %q", id)
		assert.ErrorContains(t, v.WriteDead(volume.Record{JobID: id}), "want 1..128 of letters", "WriteDead %q", id)
		assert.ErrorContains(t, v.RemoveDead(id), "want 1..128 of letters", "RemoveDead %q", id)
		assert.ErrorContains(t, v.WriteBatch(id, noon, nil), "want 1..128 of letters", "WriteBatch %q", id)
		assert.ErrorContains(t, v.WriteWorker(volume.Worker{Name: id}), "want 1..128 of letters", "WriteWorker %q", id)
		assert.ErrorContains(t, v.RemoveWorker(id), "want 1..128 of letters", "RemoveWorker %q", id)
		_, err = v.CreateLog(id, 1)
		assert.ErrorContains(t, err, "want 1..128 of letters", "CreateLog %q", id)
		_, err = v.OpenLog(id, 1)
		assert.ErrorContains(t, err, "want 1..128 of letters", "OpenLog %q", id)
	}
}

func TestOneBrokenResultDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	v := open(t)
	for _, id := range []string{"good-1", "bad", "good-2", "foreign"} {
		_, err := v.CommitResult(record(id))
		require.NoError(t, err)
	}
	bad, err := filepath.Glob(filepath.Join(v.Path(), "results", "*", "bad.json"))
	require.NoError(t, err)
	require.Len(t, bad, 1)
	relative, err := filepath.Rel(v.Path(), bad[0])
	require.NoError(t, err)
	breakFile(t, v, relative)
	foreign, err := filepath.Glob(filepath.Join(v.Path(), "results", "*", "foreign.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(foreign[0], []byte(`{"version":7,"job_id":"foreign"}`), 0o600))

	ids := map[string]bool{}
	var faults []string
	for r, err := range v.Results("") {
		if err != nil {
			faults = append(faults, err.Error())
			continue
		}
		ids[r.JobID] = true
	}
	assert.Equal(t, map[string]bool{"good-1": true, "good-2": true}, ids)
	require.Len(t, faults, 2)
	all := strings.Join(faults, "\n")
	assert.Contains(t, all, relative)
	assert.Contains(t, all, `is version 7 of job "foreign", want version 1`)

	count := 0
	for _, err := range v.ResultIDs() {
		require.NoError(t, err)
		count++
	}
	assert.Equal(t, 4, count)
}

func TestShardsThatWereDeletedAreMadeAnew(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.CommitResult(record("j"))
	require.NoError(t, err)
	shards, err := filepath.Glob(filepath.Join(v.Path(), "results", "*"))
	require.NoError(t, err)
	for _, s := range shards {
		require.NoError(t, os.RemoveAll(s))
	}
	first, err := v.CommitResult(record("j"))
	require.NoError(t, err)
	assert.True(t, first)
}

func TestAVanishedVolumeIsUnavailableAndNotMadeAnew(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.CommitResult(record("j"))
	require.NoError(t, err)
	require.NoError(t, os.Rename(v.Path(), v.Path()+".away"))
	require.NoError(t, os.Mkdir(v.Path(), 0o700)) // the empty mount point
	_, err = v.CommitResult(record("j"))
	require.ErrorIs(t, err, volume.ErrUnavailable)
	require.ErrorIs(t, v.WriteAttempt("j", job.Attempt{Number: 1}), volume.ErrUnavailable)
	entries, err := os.ReadDir(v.Path())
	require.NoError(t, err)
	assert.Empty(t, entries)
}

// TestFullVolume fills a small file system for real, which takes root.
func TestFullVolume(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs the right to mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, exec.Command("umount", path).Run()) })
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	ballast := filepath.Join(path, "ballast")
	require.Error(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600), "the file system fills up")

	r := record("j")
	_, err = v.CommitResult(r)
	require.ErrorIs(t, err, volume.ErrFull)
	assert.ErrorContains(t, err, `committing result of job "j"`)
	require.ErrorIs(t, v.WriteAttempt("j", job.Attempt{Number: 1}), volume.ErrFull)
	require.ErrorIs(t, v.Probe(), volume.ErrFull)
	err = v.WriteBatch("b", time.Now(), []job.Job{{Version: job.Version, ID: "j", Kind: "command"}})
	require.ErrorIs(t, err, volume.ErrFull)
	require.NotErrorIs(t, err, volume.ErrExist, "nobody has taken the name")
	assert.Empty(t, temporaries(t, v), "what failed is removed")

	require.NoError(t, os.Remove(ballast))
	require.NoError(t, v.Probe())
	first, err := v.CommitResult(r)
	require.NoError(t, err)
	assert.True(t, first)
}

func BenchmarkCommitResult(b *testing.B) {
	v := open(b)
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if first, err := v.CommitResult(record(fmt.Sprint("job-", n.Add(1)))); err != nil || !first {
				b.Error(first, err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

func TestConfirmResult(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "volume")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	there, err := v.ConfirmResult("j")
	require.NoError(t, err)
	assert.False(t, there)
	_, err = v.CommitResult(record("j"))
	require.NoError(t, err)
	there, err = v.ConfirmResult("j")
	require.NoError(t, err)
	assert.True(t, there)
	_, err = v.ConfirmResult("../j")
	assert.ErrorContains(t, err, "job id")
}
