package release

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, folder, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

func TestAReleaseIsUnpackedAsItWasPacked(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	write(t, from, "bin/worker", "program", 0o700)
	write(t, from, "Pulumi.yaml", "name: spotgrid", 0o600)
	write(t, from, "secret", "not named", 0o600)
	write(t, to, "bin/worker", "an older and longer program", 0o755)
	var b bytes.Buffer
	require.NoError(t, Pack(&b, from, []string{"bin/worker", "Pulumi.yaml"}))
	require.NoError(t, Unpack(&b, to))
	for name, want := range map[string]struct {
		text string
		mode os.FileMode
	}{"bin/worker": {"program", 0o755}, "Pulumi.yaml": {"name: spotgrid", 0o644}} {
		got, err := os.ReadFile(filepath.Join(to, name))
		require.NoError(t, err)
		assert.Equal(t, want.text, string(got))
		info, err := os.Stat(filepath.Join(to, name))
		require.NoError(t, err)
		assert.Equal(t, want.mode, info.Mode().Perm())
	}
	assert.NoFileExists(t, filepath.Join(to, "secret"))
	left, err := filepath.Glob(filepath.Join(to, "*", "*.new"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestTheSameFilesAreTheSameRelease(t *testing.T) {
	t.Parallel()
	var packed [2]bytes.Buffer
	for i, names := range [][]string{{"a", "b"}, {"b", "a", "b"}} {
		folder := t.TempDir()
		for _, name := range []string{"a", "b"} {
			write(t, folder, name, "text of "+name, 0o640)
			require.NoError(t, os.Chtimes(filepath.Join(folder, name), time.Time{}, time.Unix(int64(i)*1e6, 0)))
		}
		require.NoError(t, Pack(&packed[i], folder, names))
	}
	assert.Equal(t, packed[0].Bytes(), packed[1].Bytes())
}

func TestADigestIsThatOfTheFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, folder, "release.tar", "bytes", 0o600)
	got, err := File(filepath.Join(folder, "release.tar"))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte("bytes"))
	assert.Equal(t, Digest("sha256:"+hex.EncodeToString(sum[:])), got)
	parsed, err := ParseDigest(string(got))
	require.NoError(t, err)
	assert.Equal(t, hex.EncodeToString(sum[:]), parsed.Hex())
	for _, bad := range []string{"", "sha256:abc", "md5:" + got.Hex(), string(got) + "0", "sha256:" + got.Hex()[:63] + "G"} {
		_, err := ParseDigest(bad)
		assert.ErrorContains(t, err, "want sha256: and 64 hexadecimal digits", bad)
	}
}

func TestWhatIsNoFileIsNotPacked(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "dir"), 0o755))
	for name, want := range map[string]string{"dir": "not a file", "../x": "want a path below the folder", "/etc/hostname": "want a path", "none": "no such file"} {
		assert.ErrorContains(t, Pack(&bytes.Buffer{}, folder, []string{name}), want)
	}
}

func TestAHostileReleaseDoesNotLeaveItsFolder(t *testing.T) {
	t.Parallel()
	entries := map[string]tar.Header{
		"the path leads elsewhere": {Typeflag: tar.TypeReg, Name: "../outside"},
		"not a file":               {Typeflag: tar.TypeSymlink, Name: "link", Linkname: "/etc"},
		"more than":                {Typeflag: tar.TypeReg, Name: "large", Size: maxBytes + 1},
	}
	for want, h := range entries {
		parent := t.TempDir()
		folder := filepath.Join(parent, "in")
		require.NoError(t, os.Mkdir(folder, 0o755))
		var b bytes.Buffer
		require.NoError(t, tar.NewWriter(&b).WriteHeader(&h))
		assert.ErrorContains(t, Unpack(&b, folder), want)
		assert.NoFileExists(t, filepath.Join(parent, "outside"))
		left, err := os.ReadDir(folder)
		require.NoError(t, err)
		assert.Empty(t, left)
	}
	linked := t.TempDir()
	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(linked, "bin")))
	from := t.TempDir()
	write(t, from, "bin/worker", "x", 0o755)
	var b bytes.Buffer
	require.NoError(t, Pack(&b, from, []string{"bin/worker"}))
	assert.Error(t, Unpack(&b, linked), "a link in the folder that leads out of it is not followed")
}

func TestAnEmptyOrBrokenReleaseIsRefused(t *testing.T) {
	t.Parallel()
	var empty bytes.Buffer
	require.NoError(t, tar.NewWriter(&empty).Close())
	assert.ErrorContains(t, Unpack(&empty, t.TempDir()), "it is empty")
	assert.Error(t, Unpack(bytes.NewReader([]byte("no tar")), t.TempDir()))
}
