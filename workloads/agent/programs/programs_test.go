package programs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatRunsIsWhatWasDeclared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "worker")
	require.NoError(t, os.WriteFile(program, []byte("version 1"), 0o600))
	hash, err := Hash(program)
	require.NoError(t, err)
	f := Folder(filepath.Join(dir, "programs"))
	require.NoError(t, f.Add(program, hash))

	require.NoError(t, os.WriteFile(program, []byte("version 2"), 0o600))
	got, err := os.ReadFile(f.Path(hash))
	require.NoError(t, err)
	assert.Equal(t, "version 1", string(got), "a rebuild does not reach the copy")
	info, err := os.Stat(f.Path(hash))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	require.NoError(t, f.Add(program, hash), "the declared copy is there already")
	other := strings.Repeat("0", 64)
	assert.ErrorContains(t, f.Add(program, other), "it changed since")
	assert.NoFileExists(t, f.Path(other))
}

func TestKeepDropsWhatNothingDeclares(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := Folder(filepath.Join(dir, "programs"))
	require.NoError(t, f.Keep(nil), "no folder yet")
	var hashes []string
	for _, content := range []string{"a", "b"} {
		path := filepath.Join(dir, content)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		hash, err := Hash(path)
		require.NoError(t, err)
		require.NoError(t, f.Add(path, hash))
		hashes = append(hashes, hash)
	}
	require.NoError(t, f.Keep(map[string]bool{hashes[1]: true}))
	assert.NoFileExists(t, f.Path(hashes[0]))
	assert.FileExists(t, f.Path(hashes[1]))
}
