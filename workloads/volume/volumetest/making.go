package volumetest

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func making(t *testing.T, h Harness) {
	url := h.NewURL(t)
	_, err := volume.OpenURL(t.Context(), url, h.Openers)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for range 2 {
		require.NoError(t, volume.InitURL(t.Context(), url, h.Openers))
	}
	v, err := volume.OpenURL(t.Context(), url, h.Openers)
	require.NoError(t, err)
	assert.Equal(t, v.Path() == "", v.IsMetered())
	assert.Contains(t, url, v.URL())
}

func makingAtOnce(t *testing.T, h Harness) {
	url := h.NewURL(t)
	done := make(chan error)
	const machines = 6
	for range machines {
		go func() {
			err := volume.InitURL(t.Context(), url, h.Openers)
			if err == nil { // as a worker does that starts at once
				var v *volume.Volume
				if v, err = volume.OpenURL(t.Context(), url, h.Openers); err == nil {
					err = v.WriteWorker(volume.Worker{Name: "w"})
				}
			}
			done <- err
		}()
	}
	for range machines {
		assert.NoError(t, <-done)
	}
}

// refusing makes volumes above one.
func refusing(t *testing.T, h Harness) {
	above := h.NewURL(t)
	require.NoError(t, volume.InitURL(t.Context(), below(t, above), h.Openers))
	err := volume.InitURL(t.Context(), above, h.Openers)
	require.ErrorContains(t, err, "is no volume, want")
	assert.ErrorContains(t, err, `it holds "inner`)
}

func probing(t *testing.T, h Harness) {
	v := newPlace(t, h)
	require.NoError(t, v.Probe())
	require.NoError(t, v.Probe())
	removed, err := v.Sweep(noon.AddDate(100, 0, 0))
	require.NoError(t, err)
	assert.Zero(t, removed, "a probe left something")
}

// cancelled makes calls with a context that has ended. Those of a folder go on.
func cancelled(t *testing.T, h Harness) {
	p := newPlace(t, h)
	v := p.WithContext(ended(t))
	require.NoError(t, p.WriteBatch("b", noon, jobsOf("j")))
	_, has := v.HasResult("j")
	_, commit := v.CommitResult(record("j", "w"))
	_, workers := v.Workers()
	_, load := v.LoadCheckpoint("j")
	for what, err := range map[string]error{
		"HasResult": has, "CommitResult": commit, "Workers": workers, "LoadCheckpoint": load, "Probe": v.Probe(),
		"WriteAttempt": v.WriteAttempt("j", job.Attempt{Number: 1}), "RemoveDead": v.RemoveDead("j"),
	} {
		if !p.IsMetered() {
			assert.NoError(t, err, what)
			continue
		}
		assert.ErrorIs(t, err, ended(t).Err(), what)
		assert.NotErrorIs(t, err, volume.ErrUnavailable, what)
	}
}
