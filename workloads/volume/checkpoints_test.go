package volume_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestCheckpointIsTheLastThatWasSaved(t *testing.T) {
	t.Parallel()
	v := open(t)
	none, err := v.LoadCheckpoint("job-1")
	require.NoError(t, err)
	assert.Nil(t, none)
	require.NoError(t, v.SaveCheckpoint("job-1", []byte("first, which is longer")))
	require.NoError(t, v.SaveCheckpoint("job-1", []byte("second")))
	require.NoError(t, v.SaveCheckpoint("job-2", []byte("another's")))
	data, err := v.LoadCheckpoint("job-1")
	require.NoError(t, err)
	assert.Equal(t, "second", string(data))

	require.NoError(t, v.DropCheckpoint("job-1"))
	require.NoError(t, v.DropCheckpoint("job-1"), "twice")
	none, err = v.LoadCheckpoint("job-1")
	require.NoError(t, err)
	assert.Nil(t, none)
	data, err = v.LoadCheckpoint("job-2")
	require.NoError(t, err)
	assert.Equal(t, "another's", string(data))
}

func TestCheckpointNamesWhatItRefuses(t *testing.T) {
	t.Parallel()
	v := open(t)
	assert.ErrorContains(t, v.SaveCheckpoint("../x", nil), `job id is "../x"`)
	assert.ErrorContains(t, v.SaveCheckpoint("j", bytes.Repeat([]byte{0}, volume.MaxCheckpointBytes+1)), "want at most 268435456")
	assert.ErrorContains(t, v.DropCheckpoint("../x"), `job id is "../x"`)
	_, err := v.LoadCheckpoint("../x")
	assert.ErrorContains(t, err, `job id is "../x"`)
}

func TestFilesOfUsersAreKeptApart(t *testing.T) {
	t.Parallel()
	v := open(t)
	files, err := v.Files()
	require.NoError(t, err)
	defer files.Close()
	require.NoError(t, files.WriteFile(".tmp-mine", []byte("x"), 0o600))
	_, err = files.Open("../.spotgrid-volume")
	assert.Error(t, err, "a path left the folder")
	require.NoError(t, os.Symlink(filepath.Join(v.Path(), ".spotgrid-volume"), filepath.Join(v.Path(), "files", "link")))
	_, err = files.Open("link")
	assert.Error(t, err, "a link left the folder")

	removed, err := v.Sweep(time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Zero(t, removed)
	_, err = files.Stat(".tmp-mine")
	assert.NoError(t, err, "a user's file was swept")

	require.NoError(t, os.RemoveAll(filepath.Join(v.Path(), "files")))
	_, err = v.Files()
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorIs(t, err, volume.ErrUnavailable)
}
