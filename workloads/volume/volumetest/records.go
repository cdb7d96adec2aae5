package volumetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func attempts(t *testing.T, h Harness) {
	v := newPlace(t, h)
	none, err := v.Attempts("j")
	require.NoError(t, err)
	require.Empty(t, none)
	attempt := func(n int, o job.Outcome) job.Attempt {
		return job.Attempt{Number: n, Worker: "w", Outcome: o, StartedAt: noon, EndedAt: noon}
	}
	for _, n := range []int{10, 2, 3} {
		require.NoError(t, v.WriteAttempt("j", attempt(n, job.Failed)))
	}
	require.NoError(t, v.WriteAttempt("j", attempt(2, job.TimedOut)))
	require.NoError(t, v.WriteAttempt("j2", attempt(1, job.Failed)))
	got, err := v.Attempts("j")
	require.NoError(t, err)
	assert.Equal(t, []job.Attempt{attempt(2, job.TimedOut), attempt(3, job.Failed), attempt(10, job.Failed)}, got)

	for range 2 {
		require.NoError(t, v.ForgetAttempts("j"))
		got, err = v.Attempts("j")
		require.NoError(t, err)
		assert.Empty(t, got)
	}
	got, err = v.Attempts("j2")
	require.NoError(t, err)
	assert.Len(t, got, 1, "another job's attempts were forgotten")
}

func dead(t *testing.T, h Harness) {
	v := newPlace(t, h)
	r := record("j", "w")
	r.Job = &job.Job{Version: 1, ID: "j", Kind: "noop", Payload: []byte(`{}`)}
	for _, cause := range []string{"first death", "second death"} {
		r.Cause = cause
		require.NoError(t, v.WriteDead(r))
	}
	var causes []string
	for d, err := range v.DeadJobs() {
		require.NoError(t, err)
		require.Equal(t, r.Job, d.Job)
		causes = append(causes, d.Cause)
	}
	assert.Equal(t, []string{"second death"}, causes)
	for range 2 {
		require.NoError(t, v.RemoveDead("j"))
		_, err := v.Dead("j")
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func checkpoints(t *testing.T, h Harness) {
	v := newPlace(t, h)
	none, err := v.LoadCheckpoint("j")
	require.NoError(t, err)
	assert.Nil(t, none)
	require.NoError(t, v.SaveCheckpoint("j", []byte("first, which is longer")))
	require.NoError(t, v.SaveCheckpoint("j", []byte("second\x00\xff")))
	require.NoError(t, v.SaveCheckpoint("j2", nil))
	data, err := v.LoadCheckpoint("j")
	require.NoError(t, err)
	assert.Equal(t, "second\x00\xff", string(data))
	for range 2 {
		require.NoError(t, v.DropCheckpoint("j"))
		none, err = v.LoadCheckpoint("j")
		require.NoError(t, err)
		assert.Nil(t, none)
	}
	data, err = v.LoadCheckpoint("j2")
	require.NoError(t, err)
	assert.Empty(t, data)
	assert.ErrorContains(t, v.SaveCheckpoint("j", make([]byte, volume.MaxCheckpointBytes+1)), "want at most 268435456")
}

func largeCheckpoint(t *testing.T, h Harness) {
	v := newPlace(t, h)
	large := bytes.Repeat([]byte("0123456789abcde\n"), 20<<20/16)
	require.NoError(t, v.SaveCheckpoint("j", large))
	data, err := v.LoadCheckpoint("j")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(large, data), "%d bytes of %d came back", len(data), len(large))
}

func workers(t *testing.T, h Harness) {
	v := newPlace(t, h)
	w := volume.Worker{Version: 1, Name: "w-1", State: volume.Idle, Slots: 2, Jobs: []string{}, StartedAt: noon, UpdatedAt: noon, PeriodSeconds: 60}
	require.NoError(t, v.WriteWorker(w))
	w.State, w.Jobs = volume.Busy, []string{"j"}
	require.NoError(t, v.WriteWorker(w))
	require.NoError(t, v.Probe())
	all, err := v.Workers()
	require.NoError(t, err)
	assert.Equal(t, []volume.Worker{w}, all)
	one, err := v.Worker("w-1")
	require.NoError(t, err)
	assert.Equal(t, w, one)
	for range 2 {
		require.NoError(t, v.RemoveWorker("w-1"))
		_, err = v.Worker("w-1")
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	all, err = v.Workers()
	require.NoError(t, err)
	assert.Empty(t, all)
}

func hostileIDs(t *testing.T, h Harness) {
	v := newPlace(t, h)
	for _, id := range []string{"", "../x", "a/b", ".hidden", "a\x00b", fmt.Sprintf("%0129d", 0), "a b", "a\nb", "é", "a?b#c%2F"} {
		_, result := v.Result(id)
		_, has := v.HasResult(id)
		_, confirm := v.ConfirmResult(id)
		_, commit := v.CommitResult(volume.Record{JobID: id})
		_, attempts := v.Attempts(id)
		_, read := v.ReadBatch(id)
		_, worker := v.Worker(id)
		_, create := v.CreateLog(id, 1)
		_, open := v.OpenLog(id, 1)
		_, tail := v.TailLog(id, 1, 1)
		_, load := v.LoadCheckpoint(id)
		_, _, over := v.Over([]string{id, "a", "b", "c", "d", "e", "f", "g"})
		for what, err := range map[string]error{
			"Result": result, "HasResult": has, "ConfirmResult": confirm, "CommitResult": commit, "Attempts": attempts,
			"ReadBatch": read, "Worker": worker, "CreateLog": create, "OpenLog": open, "TailLog": tail, "LoadCheckpoint": load, "Over": over,
			"WriteAttempt": v.WriteAttempt(id, job.Attempt{Number: 1}), "ForgetAttempts": v.ForgetAttempts(id),
			"WriteDead": v.WriteDead(volume.Record{JobID: id}), "RemoveDead": v.RemoveDead(id),
			"WriteBatch": v.WriteBatch(id, noon, nil), "WriteWorker": v.WriteWorker(volume.Worker{Name: id}), "RemoveWorker": v.RemoveWorker(id),
			"SaveCheckpoint": v.SaveCheckpoint(id, nil), "DropCheckpoint": v.DropCheckpoint(id),
		} {
			assert.ErrorContains(t, err, "want 1..128 of letters", "%s %q", what, id)
		}
	}
}
