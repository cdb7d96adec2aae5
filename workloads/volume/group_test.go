package volume_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// records are those of n jobs, each with its number as result.
func records(n int) []volume.Record {
	all := make([]volume.Record, n)
	for i := range all {
		all[i] = record(fmt.Sprint("job-", i))
		all[i].Result = json.RawMessage(fmt.Sprint(i))
	}
	return all
}

// resultFile is the file of a job's result.
func resultFile(t *testing.T, v *volume.Volume, id string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(v.Path(), "results", "*", id+".json"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// names is how many names the file of a job's result has.
func names(t *testing.T, v *volume.Volume, id string) int {
	t.Helper()
	info, err := os.Stat(resultFile(t, v, id))
	require.NoError(t, err)
	return int(info.Sys().(*syscall.Stat_t).Nlink)
}

func TestGroupIsReadAsItWasCommitted(t *testing.T) {
	t.Parallel()
	v := open(t)
	all := records(2*volume.MaxGroup + 5)
	for i, c := range v.CommitResults(all) {
		require.NoError(t, c.Err)
		require.True(t, c.First, i)
	}
	for i, want := range all {
		want.Version = volume.Version
		got, err := v.Result(want.JobID)
		require.NoError(t, err)
		require.Equal(t, want, got, i)
	}
	assert.Equal(t, volume.MaxGroup, names(t, v, "job-0"), "as many as fit share a file")
	assert.Equal(t, volume.MaxGroup, names(t, v, fmt.Sprint("job-", volume.MaxGroup)))
	assert.Equal(t, 5, names(t, v, fmt.Sprint("job-", 2*volume.MaxGroup)))
	assert.Empty(t, temporaries(t, v))
	assert.Empty(t, v.CommitResults(nil))
}

func TestLargeResultsHaveAFileOfTheirOwn(t *testing.T) {
	t.Parallel()
	v := open(t)
	all := records(6)
	for i := 2; i < 5; i++ {
		all[i].Result = json.RawMessage(`"` + strings.Repeat("x", 200<<10) + `"`)
	}
	for _, c := range v.CommitResults(all) {
		require.NoError(t, c.Err)
	}
	assert.Equal(t, 3, names(t, v, "job-0"), "two small ones and the first large one")
	assert.Equal(t, 1, names(t, v, "job-3"))
	assert.Equal(t, 2, names(t, v, "job-4"), "the last large one and a small one")
}

func TestEachJobOfAGroupIsClaimedForItself(t *testing.T) {
	t.Parallel()
	v := open(t)
	winner := record("job-1")
	winner.Worker = "winner"
	_, err := v.CommitResult(winner)
	require.NoError(t, err)
	all := records(5)
	all[3].JobID = "../x"
	again := all[0]
	again.Worker = "again"
	all = append(all, again) // a job that was delivered twice

	commits := v.CommitResults(all)
	for i, first := range []bool{true, false, true, false, true, false} {
		assert.Equal(t, first, commits[i].First, i)
		if i == 3 {
			assert.ErrorContains(t, commits[i].Err, `committing result of job "../x": job id is "../x"`)
		} else {
			assert.NoError(t, commits[i].Err, i)
		}
	}
	for id, worker := range map[string]string{"job-0": "w", "job-1": "winner", "job-2": "w", "job-4": "w"} {
		r, err := v.Result(id)
		require.NoError(t, err)
		assert.Equal(t, worker, r.Worker, id)
	}
}

func TestJobThatCannotBeClaimedLeavesTheOthers(t *testing.T) {
	t.Parallel()
	v := open(t)
	_, err := v.CommitResult(record("job-1"))
	require.NoError(t, err)
	folder := filepath.Dir(resultFile(t, v, "job-1"))
	require.NoError(t, os.RemoveAll(folder))
	require.NoError(t, os.WriteFile(folder, nil, 0o600))

	commits := v.CommitResults(records(3))
	require.ErrorIs(t, commits[1].Err, volume.ErrUnavailable)
	assert.ErrorContains(t, commits[1].Err, `committing result of job "job-1"`)
	for _, i := range []int{0, 2} {
		assert.Equal(t, volume.Commit{First: true}, commits[i])
	}
}

func TestFoldersThatVanishInMidGroupAreMadeAnew(t *testing.T) {
	t.Parallel()
	v := open(t)
	for _, c := range v.CommitResults(records(20)) {
		require.NoError(t, c.Err)
	}
	require.NoError(t, os.RemoveAll(filepath.Dir(resultFile(t, v, "job-10"))))
	for i, c := range v.CommitResults(records(20)) {
		require.NoError(t, c.Err)
		assert.Equal(t, i == 10, c.First, i)
	}
}

func TestGroupOfAWorkerKilledBeforeItsClaimsIsNeitherSeenNorKept(t *testing.T) {
	t.Parallel()
	v := open(t)
	line, err := json.Marshal(record("job-0"))
	require.NoError(t, err)
	left := filepath.Join(v.Path(), "results", ".tmp-killed-1")
	require.NoError(t, os.WriteFile(left, append(line, '\n'), 0o600))
	require.NoError(t, os.Chtimes(left, noon, noon))

	_, err = v.Result("job-0")
	require.ErrorIs(t, err, fs.ErrNotExist)
	for id, err := range v.ResultIDs() {
		t.Errorf("found %q %v", id, err)
	}
	for i, c := range v.CommitResults(records(3)) {
		require.NoError(t, c.Err)
		assert.True(t, c.First, i)
	}
	removed, err := v.Sweep(noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, removed)
	assert.NoFileExists(t, left)
}

func TestBrokenLineDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	v := open(t)
	for _, c := range v.CommitResults(records(3)) {
		require.NoError(t, c.Err)
	}
	file := resultFile(t, v, "job-1")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	require.Len(t, lines, 4)
	lines[1] = lines[1][:40] + "\n"
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600))

	for _, id := range []string{"job-0", "job-2"} {
		r, err := v.Result(id)
		require.NoError(t, err)
		assert.Equal(t, id, r.JobID)
	}
	_, err = v.Result("job-1")
	require.ErrorContains(t, err, "job-1.json")
	assert.ErrorContains(t, err, "is broken")
}

// TestGroupOnAFullVolume fills a small file system for real, which takes root.
func TestGroupOnAFullVolume(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("needs the right to mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, exec.Command("umount", path).Run()) })
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	ballast := filepath.Join(path, "ballast")
	require.Error(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600), "the file system fills up")

	for i, c := range v.CommitResults(records(20)) {
		require.ErrorIs(t, c.Err, volume.ErrFull)
		assert.ErrorContains(t, c.Err, fmt.Sprintf(`committing result of job "job-%d"`, i))
		assert.False(t, c.First)
	}
	assert.Empty(t, temporaries(t, v), "what failed is removed")
	for id, err := range v.ResultIDs() {
		t.Errorf("found %q %v", id, err)
	}

	require.NoError(t, os.Remove(ballast))
	for _, c := range v.CommitResults(records(20)) {
		require.Equal(t, volume.Commit{First: true}, c)
	}
}
