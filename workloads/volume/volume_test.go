package volume_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

func open(t testing.TB) *volume.Volume {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	return v
}

// breakFile overwrites a file of the volume with half a JSON value.
func breakFile(t *testing.T, v *volume.Volume, name string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(v.Path(), name), []byte(`{"version":1,`), 0o600))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	newer := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(newer, ".spotgrid-volume"), []byte("{\"version\":2}\n"), 0o600))
	for name, c := range map[string]struct{ url, want string }{
		"another scheme":        {"s3://bucket", `scheme is "s3", want file`},
		"no scheme":             {"/mnt/grid", `scheme is "", want file`},
		"a host":                {"file://mnt/grid", "want file:///absolute/path"},
		"a query":               {"file:///mnt/grid?sync=no", "want file:///absolute/path"},
		"a relative path":       {"file:grid", `path is "", want an absolute one`},
		"no such folder":        {"file://" + empty + "/none", "the folder is no volume, or the share is not mounted there"},
		"a folder, no marker":   {"file://" + empty, "the folder is no volume, or the share is not mounted there"},
		"a volume of version 2": {"file://" + newer, `says "{\"version\":2}", want "{\"version\":1}"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := volume.Open(c.url)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "opening volume")
		})
	}
}

func TestInitMakesAPrivateTreeAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "grid")
	for range 2 {
		require.NoError(t, volume.Init(path))
	}
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		info, err := e.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, "%s is private", e.Name())
	}
	assert.Equal(t, []string{".spotgrid-volume", "attempts", "batches", "checkpoints", "dead", "files", "logs", "results", "workers"}, names)
}

func TestInitMendsWhatAnInterruptedInitLeft(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(path, "results"), 0o700))
	require.NoError(t, volume.Init(path))
	_, err := volume.Open("file://" + path)
	require.NoError(t, err)
}

func TestSeveralMachinesMakeOneVolume(t *testing.T) {
	t.Parallel()
	for range 50 {
		path := filepath.Join(t.TempDir(), "grid")
		done := make(chan error)
		const machines = 8
		for i := range machines {
			go func() {
				err := volume.Init(path)
				if err == nil { // as a worker does that starts at once
					err = os.WriteFile(filepath.Join(path, "workers", fmt.Sprint(i)), nil, 0o600)
				}
				done <- err
			}()
		}
		for range machines {
			require.NoError(t, <-done)
		}
		_, err := volume.Open("file://" + path)
		require.NoError(t, err)
	}
}

func TestInitRefuses(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	full := filepath.Join(base, "full")
	require.NoError(t, os.MkdirAll(filepath.Join(full, "photos"), 0o700))
	linked := filepath.Join(base, "linked")
	require.NoError(t, os.Symlink(full, linked))
	file := filepath.Join(base, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, c := range map[string]struct{ path, want string }{
		"a relative path":   {"grid", "path is relative"},
		"the root folder":   {"/", "path is the root folder"},
		"a symbolic link":   {linked, "path is a symbolic link"},
		"a link with slash": {linked + "/", "path is a symbolic link"},
		"a file":            {file, "path is not a folder"},
		"a folder in use":   {full, `it holds "photos"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := volume.Init(c.path)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestPurgeDeletesAVolumeAndNothingElse(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	outside := filepath.Join(base, "outside.txt")
	require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o600))
	path := filepath.Join(base, "grid")
	require.NoError(t, volume.Init(path))
	require.NoError(t, os.Symlink(base, filepath.Join(path, "results", "way-out")))

	require.NoError(t, volume.Purge(path))
	assert.NoDirExists(t, path)
	assert.FileExists(t, outside, "a link was followed")
	assert.NoError(t, volume.Purge(path), "purging what is gone")
}

func TestPurgeRefuses(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	photos := filepath.Join(base, "photos")
	require.NoError(t, os.MkdirAll(filepath.Join(photos, "results"), 0o700))
	grid := filepath.Join(base, "grid")
	require.NoError(t, volume.Init(grid))
	linked := filepath.Join(base, "linked")
	require.NoError(t, os.Symlink(grid, linked))
	for name, c := range map[string]struct{ path, want string }{
		"no marker":       {photos, "the folder is no volume"},
		"a relative path": {"grid", "path is relative"},
		"a symbolic link": {linked, "path is a symbolic link"},
	} {
		t.Run(name, func(t *testing.T) {
			err := volume.Purge(c.path)
			require.ErrorContains(t, err, c.want)
			assert.DirExists(t, filepath.Join(photos, "results"))
			assert.FileExists(t, filepath.Join(grid, ".spotgrid-volume"))
		})
	}
}

func TestProbeTellsAMissingShare(t *testing.T) {
	t.Parallel()
	v := open(t)
	require.NoError(t, v.Probe())
	require.NoError(t, os.Rename(v.Path(), v.Path()+".away"))
	require.NoError(t, os.Mkdir(v.Path(), 0o700)) // the empty mount point
	err := v.Probe()
	require.ErrorIs(t, err, volume.ErrUnavailable)
	assert.ErrorContains(t, err, "not mounted")
}

func TestWorkerReadsOneState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "volume")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	_, err = v.Worker("w-1")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, v.WriteWorker(volume.Worker{Name: "w-1", State: volume.Busy}))
	w, err := v.Worker("w-1")
	require.NoError(t, err)
	assert.Equal(t, volume.Busy, w.State)
	_, err = v.Worker("../w-1")
	assert.ErrorContains(t, err, "worker name")
}
