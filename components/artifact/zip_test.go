package artifact

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write makes a program of the content.
func write(t *testing.T, content string) Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	p, err := Open(path)
	require.NoError(t, err)
	return p
}

func TestAPackageHoldsTheProgramAndNothingElse(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "folder")
	packed, err := Zip(write(t, "content"), folder)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(folder, packed.SHA256+".zip"), packed.Path)
	opened, err := Open(packed.Path)
	require.NoError(t, err)
	assert.Equal(t, packed, opened, "the name is the hash of the package")

	z, err := zip.OpenReader(packed.Path)
	require.NoError(t, err)
	defer z.Close()
	require.Len(t, z.File, 1)
	entry := z.File[0]
	assert.Equal(t, "bootstrap", entry.Name)
	assert.Equal(t, "-rwxr-xr-x", entry.Mode().String())
	assert.Equal(t, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), entry.Modified.UTC())
	r, err := entry.Open()
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "content", string(content))
}

func TestTwoBuildsGiveTheSamePackage(t *testing.T) {
	t.Parallel()
	pack := func(text string) (Program, []byte) {
		packed, err := Zip(build(t, text), t.TempDir())
		require.NoError(t, err)
		content, err := os.ReadFile(packed.Path)
		require.NoError(t, err)
		return packed, content
	}
	first, bytes := pack("hello")
	second, again := pack("hello")
	assert.NotEqual(t, first.Path, second.Path)
	assert.Equal(t, first.SHA256, second.SHA256)
	assert.Equal(t, bytes, again)
	other, _ := pack("goodbye")
	assert.NotEqual(t, first.SHA256, other.SHA256, "another program is another package")
}

// build builds a small program in a folder of its own, as the programs of a
// grid are built.
func build(t *testing.T, text string) Program {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":  "module example.com/hello\n\ngo 1.26\n",
		"main.go": "package main\n\nfunc main() { println(\"" + text + "\") }\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-buildid=", "-o", "hello", ".")
	command.Dir = folder
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	p, err := Open(filepath.Join(folder, "hello"))
	require.NoError(t, err)
	return p
}

func TestAProgramThatChangedSinceItWasOpenedIsRefused(t *testing.T) {
	t.Parallel()
	p := write(t, "content")
	require.NoError(t, os.WriteFile(p.Path, []byte("another"), 0o600))
	folder := t.TempDir()
	_, err := Zip(p, folder)
	assert.ErrorContains(t, err, p.Path)
	assert.ErrorContains(t, err, "it was built anew meanwhile")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is left behind")
}

func TestAProgramThatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Zip(Program{Path: filepath.Join(t.TempDir(), "missing")}, t.TempDir())
	assert.ErrorContains(t, err, "packing program")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
