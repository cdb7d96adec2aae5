package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// filesGrid is a volume and a grid file that names it.
type filesGrid struct {
	t            *testing.T
	outputs      string
	files, local string
}

func newFilesGrid(t *testing.T) filesGrid {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, volume.Init(filepath.Join(dir, "volume")))
	b, err := json.Marshal(map[string]any{"grid": stack.Grid{
		Version: stack.OutputVersion, Target: targetLocal, VolumeURL: "file://" + dir + "/volume",
		QueueURL: "nats://127.0.0.1:1/work", DeadLetterURL: "nats://127.0.0.1:1/dead",
	}})
	require.NoError(t, err)
	g := filesGrid{t, filepath.Join(dir, "outputs.json"), filepath.Join(dir, "volume", "files"), filepath.Join(dir, "local")}
	require.NoError(t, os.WriteFile(g.outputs, b, 0o600))
	require.NoError(t, os.Mkdir(g.local, 0o700))
	return g
}

// run runs `spotgrid files` with arguments.
func (g filesGrid) run(args ...string) (out string, err error) {
	g.t.Helper()
	cmd := root()
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stdout)
	cmd.SetArgs(append([]string{"--grid", g.outputs, "files"}, args...))
	err = cmd.ExecuteContext(g.t.Context())
	return stdout.String(), err
}

func (g filesGrid) ok(args ...string) string {
	g.t.Helper()
	out, err := g.run(args...)
	require.NoError(g.t, err)
	return out
}

func (g filesGrid) write(path, text string) string {
	g.t.Helper()
	require.NoError(g.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(g.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (g filesGrid) read(path string) string {
	g.t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(g.t, err)
	return string(text)
}

func TestFilesGoToTheVolumeAndBack(t *testing.T) {
	t.Parallel()
	g := newFilesGrid(t)
	g.write(g.local+"/photos/cat.jpg", "meow")
	g.write(g.local+"/photos/old/dog.jpg", "woof!")
	assert.Equal(t, "put 2 files, 0.0 MiB: "+g.local+"/photos to photos\n", g.ok("put", g.local+"/photos"))
	assert.Equal(t, "meow", g.read(g.files+"/photos/cat.jpg"))
	g.ok("put", g.local+"/photos/cat.jpg", "inputs/")
	g.ok("put", g.local+"/photos/cat.jpg", "inputs/other.jpg")
	assert.JSONEq(t, `{"from":"photos/old","to":"`+g.local+`/back","files":1,"bytes":5}`, g.ok("get", "photos/old", g.local+"/back", "--json"))
	assert.Equal(t, "woof!", g.read(g.local+"/back/dog.jpg"))
	g.ok("get", "inputs/other.jpg", g.local+"/")
	assert.Equal(t, "meow", g.read(g.local+"/other.jpg"))

	var lines []fileLine
	for line := range strings.Lines(g.ok("ls", "photos", "--json")) {
		var l fileLine
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		assert.WithinDuration(t, time.Now(), l.Modified, time.Hour)
		l.Modified = time.Time{}
		lines = append(lines, l)
	}
	assert.Equal(t, []fileLine{{Path: "photos/cat.jpg", Bytes: 4}, {Path: "photos/old", IsFolder: true}}, lines)
	assert.Regexp(t, `^NAME +BYTES +MODIFIED\ninputs/ +\d{4}-.*\nphotos/ +\d{4}-`, g.ok("ls"))

	assert.Equal(t, "removed photos, inputs/cat.jpg\n", g.ok("rm", "-r", "photos", "inputs/cat.jpg"))
	assert.NoDirExists(t, g.files+"/photos")
	assert.FileExists(t, g.files+"/inputs/other.jpg")
}

func TestFilesThatAreThereAreKept(t *testing.T) {
	t.Parallel()
	g := newFilesGrid(t)
	g.write(g.files+"/a/1", "old")
	g.write(g.local+"/a/1", "new")
	g.write(g.local+"/a/2", "new")
	_, err := g.run("put", g.local+"/a")
	require.ErrorContains(t, err, "--force replaces files")
	assert.Equal(t, exitUsage, exitCode(err))
	assert.Equal(t, "old", g.read(g.files+"/a/1"))
	assert.NoFileExists(t, g.files+"/a/2", "nothing was done")
	g.ok("put", "--force", g.local+"/a")
	assert.Equal(t, "new", g.read(g.files+"/a/1"))
	assert.Equal(t, "new", g.read(g.files+"/a/2"))

	g.write(g.local+"/1", "mine")
	_, err = g.run("get", "a/1", g.local+"/1")
	require.ErrorContains(t, err, "--force replaces files")
	assert.Equal(t, "mine", g.read(g.local+"/1"))
}

func TestFilesFaultsDoNothing(t *testing.T) {
	t.Parallel()
	g := newFilesGrid(t)
	g.write(g.files+"/a", "x")
	g.write(g.files+"/d/b", "x")
	g.write(g.local+"/a", "x")
	require.NoError(t, os.Mkdir(g.local+"/empty", 0o700))
	require.NoError(t, syscall.Mkfifo(g.local+"/pipe", 0o600))
	require.NoError(t, os.Symlink("/etc", g.files+"/etc"))
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"put out of the folder":    {[]string{"put", g.local + "/a", "../a"}, []string{`"../a", want a relative path`}},
		"put to the root":          {[]string{"put", g.local + "/a", "/etc/x"}, []string{`"/etc/x", want a relative path`}},
		"put what is not there":    {[]string{"put", g.local + "/none"}, []string{"no such file"}},
		"put a pipe":               {[]string{"put", g.local + "/pipe"}, []string{`"pipe" is a named pipe`}},
		"put an empty folder":      {[]string{"put", g.local + "/empty"}, []string{"holds no files"}},
		"get out of the folder":    {[]string{"get", "../batches"}, []string{"want a relative path"}},
		"get what is not there":    {[]string{"get", "none", g.local + "/x"}, []string{"no such file"}},
		"get to a missing folder":  {[]string{"get", "a", g.local + "/none/x"}, []string{"no such file"}},
		"list what is not there":   {[]string{"ls", "none"}, []string{"no such file"}},
		"list out of the folder":   {[]string{"ls", "../results"}, []string{"want a relative path"}},
		"remove a folder":          {[]string{"rm", "a", "d", "none"}, []string{`"d" is a folder, want --recursive`, "none"}},
		"remove all":               {[]string{"rm", "-r", "."}, []string{"the topmost folder stays"}},
		"remove out of the folder": {[]string{"rm", "-r", "../results"}, []string{"want a relative path"}},
		"nothing to remove":        {[]string{"rm"}, []string{"requires at least 1 arg"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.run(c.args...)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			assert.Equal(t, exitUsage, exitCode(err))
		})
	}
	for _, args := range [][]string{{"ls", "etc"}, {"get", "etc/passwd", g.local + "/p"}, {"put", g.local + "/a", "etc/a"}, {"rm", "etc/passwd"}} {
		_, err := g.run(args...)
		require.ErrorContains(t, err, "path escapes", args)
	}
	assert.Equal(t, "x", g.read(g.files+"/a"))
	left, err := os.ReadDir(g.files)
	require.NoError(t, err)
	assert.Len(t, left, 3, "and no copy is left half-made")
}

func TestFilesCommandsHelpWithExamples(t *testing.T) {
	t.Parallel()
	g := newFilesGrid(t)
	for _, command := range []string{"", "ls", "put", "get", "rm"} {
		out := g.ok(strings.Fields(command + " --help")...)
		assert.Contains(t, out, "Examples:", command)
		assert.Contains(t, out, "--json", command)
	}
}

func TestTheMeterShowsOnlyWhatTakesLong(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out bytes.Buffer
	m := newMeter(&out, func() time.Time { return now }, []filetree.Item{{Bytes: 8 << 20}, {Bytes: 2 << 20}})
	for _, step := range []struct {
		after time.Duration
		files int
		bytes int64
	}{{time.Second, 0, 1 << 20}, {time.Second, 0, 4 << 20}, {time.Second, 1, 8 << 20}, {time.Second, 1, 9 << 20}} {
		now = now.Add(step.after)
		m.update(step.files, step.bytes)
	}
	m.end()
	assert.Equal(t, "0 of 2 files, 4.0 MiB of 10.0 MiB, 2.0 MiB/s\n1 of 2 files, 9.0 MiB of 10.0 MiB, 2.2 MiB/s\n", out.String())
}
