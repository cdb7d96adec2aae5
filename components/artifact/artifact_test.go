package artifact

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpenHashesTheContent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "worker")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o700))
	p, err := Open(path)
	require.NoError(t, err)
	// The SHA-256 of "abc" is the first test vector of FIPS 180-2.
	assert.Equal(t, Program{Path: path, SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}, p)
}

func TestOpenSaysHowToBuildWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := Open(filepath.Join(t.TempDir(), "worker"))
	assert.ErrorContains(t, err, "worker")
	assert.ErrorContains(t, err, "make build")
}
