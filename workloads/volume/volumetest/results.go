package volumetest

import (
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func result(t *testing.T, h Harness) {
	v := newPlace(t, h)
	_, err := v.Result("j")
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, look := range []func(string) (bool, error){v.HasResult, v.ConfirmResult} {
		there, err := look("j")
		require.NoError(t, err)
		require.False(t, there)
	}
	first, err := v.CommitResult(record("j", "w"))
	require.NoError(t, err)
	assert.True(t, first)
	got, err := v.Result("j")
	require.NoError(t, err)
	assert.Equal(t, record("j", "w"), got)
	for _, look := range []func(string) (bool, error){v.HasResult, v.ConfirmResult} {
		there, err := look("j")
		require.NoError(t, err)
		assert.True(t, there)
	}
}

// oneFirst lets as many as there are workers commit the same jobs at once.
func oneFirst(t *testing.T, h Harness) { race(t, newPlace(t, h), 10, 8) }

func race(t *testing.T, p place, jobs, writers int) {
	t.Helper()
	firsts := make([]atomic.Int32, jobs)
	winners := make([]atomic.Value, jobs)
	var writing sync.WaitGroup
	for w := range writers {
		v := p.again(t)
		writing.Go(func() {
			worker := fmt.Sprint("worker-", w)
			for i, c := range v.CommitResults(records(jobs, worker)) {
				if assert.NoError(t, c.Err) && c.First {
					firsts[i].Add(1)
					winners[i].Store(worker)
				}
			}
		})
	}
	writing.Wait()
	for i := range jobs {
		require.Equal(t, int32(1), firsts[i].Load(), "firsts of job-%d", i)
		r, err := p.Result(fmt.Sprint("job-", i))
		require.NoError(t, err)
		assert.Equal(t, winners[i].Load(), r.Worker, "the winner's result was replaced")
	}
}

func group(t *testing.T, h Harness) {
	v := newPlace(t, h)
	_, err := v.CommitResult(record("job-1", "winner"))
	require.NoError(t, err)
	all := records(volume.MaxGroup+5, "w")
	all[3].JobID = "../x"
	for i, c := range v.CommitResults(all) {
		assert.Equal(t, i != 1 && i != 3, c.First, i)
		if i == 3 {
			assert.ErrorContains(t, c.Err, `committing result of job "../x": job id is "../x"`)
		} else {
			assert.NoError(t, c.Err, i)
		}
	}
	assert.Empty(t, v.CommitResults(nil))
	twice := v.CommitResults([]volume.Record{record("twice", "w"), record("twice", "w")})
	assert.NotEqual(t, twice[0].First, twice[1].First, "a job that was delivered twice")
	r, err := v.Result("job-1")
	require.NoError(t, err)
	assert.Equal(t, "winner", r.Worker)
}

func jobsOf(ids ...string) []job.Job {
	var jobs []job.Job
	for _, id := range ids {
		jobs = append(jobs, job.Job{Version: job.Version, ID: id, Kind: "noop"})
	}
	return jobs
}

func batchOrder(t *testing.T, h Harness) {
	v := newPlace(t, h)
	var ids []string
	for i := range 50 {
		ids = append(ids, fmt.Sprint("job-", 49-i))
	}
	require.NoError(t, v.WriteBatch("b", noon, jobsOf(append(ids, "open")...)))
	for _, c := range v.CommitResults(append(records(50, "w"), record("elsewhere", "w"))) {
		require.NoError(t, c.Err)
	}
	var got []string
	for r, err := range v.Results("b") {
		require.NoError(t, err)
		got = append(got, r.JobID)
	}
	assert.Equal(t, ids, got)
	for r, err := range v.Results("b") { // one may stop looking
		require.NoError(t, err)
		assert.Equal(t, "job-49", r.JobID)
		break
	}
	faults := 0
	for _, err := range v.Results("none") {
		assert.ErrorIs(t, err, fs.ErrNotExist)
		faults++
	}
	assert.Equal(t, 1, faults, "a batch that is not there is said to be")
}

func batchOnce(t *testing.T, h Harness) {
	p := newPlace(t, h)
	var firsts atomic.Int32
	var writing sync.WaitGroup
	for i := range 6 {
		v := p.again(t)
		writing.Go(func() {
			switch err := v.WriteBatch("b", noon, jobsOf(fmt.Sprint("by-", i))); {
			case err == nil:
				firsts.Add(1)
			default:
				assert.ErrorIs(t, err, volume.ErrExist)
			}
		})
	}
	writing.Wait()
	assert.Equal(t, int32(1), firsts.Load())
	require.NoError(t, p.WriteBatch("c", noon.AddDate(0, 0, 1), nil))
	batches, err := p.Batches()
	require.NoError(t, err)
	assert.Equal(t, []volume.Batch{
		{Version: 1, ID: "c", SubmittedAt: noon.AddDate(0, 0, 1), Jobs: 0}, {Version: 1, ID: "b", SubmittedAt: noon, Jobs: 1},
	}, batches)
	b, err := p.ReadBatch("b")
	require.NoError(t, err)
	assert.Equal(t, batches[1], b)
	_, err = p.ReadBatch("none")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

// manyResults are more than a service lists at once.
func manyResults(t *testing.T, h Harness) {
	const many = 1100
	v := newPlace(t, h)
	for _, c := range v.CommitResults(records(many, "w")) {
		require.NoError(t, c.Err)
	}
	seen := map[string]bool{}
	for id, err := range v.ResultIDs() {
		require.NoError(t, err)
		require.False(t, seen[id], "%s twice", id)
		seen[id] = true
	}
	assert.Len(t, seen, many)
	clear(seen)
	for r, err := range v.Results("") {
		require.NoError(t, err)
		seen[r.JobID] = true
	}
	assert.Len(t, seen, many)
}

func over(t *testing.T, h Harness) {
	v := newPlace(t, h)
	all := records(20, "w")
	for _, c := range v.CommitResults(all[:10]) {
		require.NoError(t, c.Err)
	}
	for _, r := range all[9:15] { // job-9 has both
		require.NoError(t, v.WriteDead(r))
	}
	for _, c := range []struct {
		of         []string
		done, dead []string
	}{
		{[]string{"job-0", "job-9", "job-10", "job-19"}, []string{"job-0", "job-9"}, []string{"job-10"}},
		{[]string{"job-0", "job-1", "job-9", "job-10", "job-11", "job-17", "job-18", "job-19"}, []string{"job-0", "job-1", "job-9"}, []string{"job-10", "job-11"}},
		{nil, nil, nil},
	} {
		done, dead, err := v.Over(c.of)
		require.NoError(t, err)
		assert.ElementsMatch(t, c.done, done)
		assert.ElementsMatch(t, c.dead, dead)
	}
}
