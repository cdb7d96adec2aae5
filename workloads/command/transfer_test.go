package command

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// users is a folder of users' files.
type users struct {
	t    *testing.T
	path string
	root *os.Root
}

func newUsers(t *testing.T) users {
	t.Helper()
	path := filepath.Join(t.TempDir(), "files")
	require.NoError(t, os.Mkdir(path, 0o700))
	root, err := os.OpenRoot(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, root.Close()) })
	return users{t, path, root}
}

func (u users) write(name, text string) {
	u.t.Helper()
	full := filepath.Join(u.path, name)
	require.NoError(u.t, os.MkdirAll(filepath.Dir(full), 0o700))
	require.NoError(u.t, os.WriteFile(full, []byte(text), 0o600))
}

func (u users) read(name string) string {
	u.t.Helper()
	text, err := os.ReadFile(filepath.Join(u.path, name))
	require.NoError(u.t, err)
	return string(text)
}

// all are the paths of the files there are.
func (u users) all() []string {
	u.t.Helper()
	found := []string{}
	require.NoError(u.t, fs.WalkDir(u.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			found = append(found, name)
		}
		return err
	}))
	return found
}

func TestFilesGoInAndComeOut(t *testing.T) {
	t.Parallel()
	u := newUsers(t)
	u.write("data/a.txt", "one\n")
	u.write("data/deep/b.txt", "two\n")
	u.write("tool", "#!/bin/sh\ncat in/a.txt in/deep/b.txt\n")
	require.NoError(t, os.Chmod(filepath.Join(u.path, "tool"), 0o700))
	u.write("outputs/j/out/sum.txt", "of an earlier attempt")
	u.write("outputs/j/other", "not this job's")
	spec := shellSpec(`ls -A; mkdir -p out/deep; ./tool > out/sum.txt; echo x > out/deep/y; echo no > out/skipped.log; chmod +x out/sum.txt`)
	spec.Inputs = []Input{{From: "data", To: "in"}, {From: "tool"}}
	spec.Outputs = []string{"out/*.txt", "out/deep"}
	r, err := Run(t.Context(), spec, Options{Files: u.root, OutputFolder: "outputs/j"})
	require.NoError(t, err)
	assert.Equal(t, "in\ntool\n", r.Stdout, "nothing else is in the way")
	assert.Equal(t, Copied{Files: 3, Bytes: int64(len("one\ntwo\n#!/bin/sh\ncat in/a.txt in/deep/b.txt\n"))}, r.Inputs)
	assert.Equal(t, Copied{Folder: "outputs/j", Files: 2, Bytes: 10}, r.Outputs)
	assert.Equal(t, "one\ntwo\n", u.read("outputs/j/out/sum.txt"))
	assert.Equal(t, "x\n", u.read("outputs/j/out/deep/y"))
	assert.Equal(t, []string{"data/a.txt", "data/deep/b.txt", "outputs/j/other", "outputs/j/out/deep/y", "outputs/j/out/sum.txt", "tool"}, u.all())
	info, err := os.Stat(filepath.Join(u.path, "outputs/j/out/sum.txt"))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o700), info.Mode(), "private, and still a program")
}

func shellSpec(script string) Spec { return Spec{Argv: []string{"sh", "-c", script}} }

func TestOutputsThatCannotBeCopiedFailAndChangeNothing(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("not for jobs"), 0o600))
	for name, c := range map[string]struct {
		script  string
		outputs []string
		want    []string
	}{
		"missing, all of them":     {"echo a > a", []string{"a", "b*", "c/d"}, []string{`"b*" matches no file`, `"c/d" matches no file`}},
		"a link out":               {"echo a > a; ln -s " + outside + " link", []string{"*"}, []string{`"link" is a symbolic link`}},
		"a link to a folder":       {"ln -s / root", []string{"root/etc/*"}, []string{"matches no file"}},
		"a named pipe":             {"echo a > a; mkfifo pipe", []string{"*"}, []string{`"pipe" is a named pipe`}},
		"too many":                 {"for i in 1 2 3 4; do echo > $i; done", []string{"*"}, []string{"more than allowed: want at most 3"}},
		"too large":                {"echo a > a; head -c 2000 /dev/zero > b", []string{"*"}, []string{"more than allowed: want at most 1000"}},
		"too large but for a hole": {"truncate -s 1T a", []string{"a"}, []string{"more than allowed: want at most 1000"}},
		"too many to look at":      {"i=0; while [ $i -lt 500 ]; do : > x$i; i=$((i+1)); done", []string{"y*"}, []string{"entries and more to look at"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUsers(t)
			spec := shellSpec(c.script)
			spec.Outputs, spec.OutputFolder = c.outputs, "o"
			r, err := Run(t.Context(), spec, Options{Files: u.root, MaxFiles: 3, MaxFileBytes: 1000})
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			assert.ErrorContains(t, err, `program "sh" succeeded, but`)
			assert.Equal(t, 0, r.ExitCode)
			assert.Empty(t, u.all())
		})
	}
}

func TestOutputsGoNowhereElse(t *testing.T) {
	t.Parallel()
	u := newUsers(t)
	outside := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(u.path, "link")))
	spec := shellSpec("echo a > a")
	spec.Outputs, spec.OutputFolder = []string{"a"}, "link"
	_, err := Run(t.Context(), spec, Options{Files: u.root})
	require.ErrorContains(t, err, "path escapes")
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestAProgramThatFailsHasNoOutputs(t *testing.T) {
	t.Parallel()
	u := newUsers(t)
	spec := shellSpec("echo a > a; exit 3")
	spec.Outputs = []string{"a"}
	_, err := Run(t.Context(), spec, Options{Files: u.root, OutputFolder: "o"})
	require.ErrorAs(t, err, new(*ExitError))
	assert.Empty(t, u.all())
}

func TestInputsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	u := newUsers(t)
	u.write("a", "x")
	u.write("large", "0123456789")
	require.NoError(t, syscall.Mkfifo(filepath.Join(u.path, "pipe"), 0o600))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(u.path, "passwd")))
	for name, c := range map[string]struct {
		inputs      []Input
		stdin       string
		want        []string
		isHopeless  bool
		withoutRoot bool
	}{
		"missing, all of them": {inputs: []Input{{From: "a"}, {From: "b"}, {From: "c/d"}}, want: []string{"inputs[1]: ", "inputs[2]: ", "no such file"}},
		"a link out":           {inputs: []Input{{From: "passwd"}}, want: []string{"path escapes"}},
		"a named pipe":         {inputs: []Input{{From: "pipe"}}, want: []string{`"pipe" is a named pipe`}, isHopeless: true},
		"too much":             {inputs: []Input{{From: "a"}, {From: "large"}}, want: []string{"inputs[1]: ", "more than allowed"}, isHopeless: true},
		"a pipe as stdin":      {stdin: "pipe", want: []string{"opening stdin_file", `"pipe" is a named pipe`}, isHopeless: true},
		"a link as stdin":      {stdin: "passwd", want: []string{"opening stdin_file", "path escapes"}},
		"without a volume":     {stdin: "a", want: []string{"this worker has no volume with users' files"}, isHopeless: true, withoutRoot: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := Options{Files: u.root, MaxFileBytes: 10}
			if c.withoutRoot {
				o.Files = nil
			}
			r, err := Run(t.Context(), Spec{Argv: []string{"true"}, Inputs: c.inputs, StdinFile: c.stdin}, o)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			var unrunnable *UnrunnableError
			assert.Equal(t, c.isHopeless, asType(err, &unrunnable))
			assert.Equal(t, -1, r.ExitCode, "it was not started")
		})
	}
}

func TestStdinIsTextBytesOrAFile(t *testing.T) {
	t.Parallel()
	u := newUsers(t)
	u.write("in", "from a file")
	for name, c := range map[string]struct {
		spec  Spec
		want  string
		taken int64
	}{
		"text":  {Spec{Argv: []string{"cat"}, Stdin: "text"}, "text", 4},
		"bytes": {Spec{Argv: []string{"od", "-An", "-tx1"}, StdinBase64: []byte{0, 0xff}}, " 00 ff\n", 2},
		"file":  {Spec{Argv: []string{"cat"}, StdinFile: "in"}, "from a file", 11},
		"part":  {Spec{Argv: []string{"dd", "bs=4", "count=1", "status=none"}, StdinFile: "in"}, "from", 4},
		"none":  {Spec{Argv: []string{"cat"}}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), c.spec, Options{Files: u.root})
			require.NoError(t, err)
			assert.Equal(t, c.want, r.Stdout)
			assert.Equal(t, c.taken, r.StdinBytes)
			assert.EqualValues(t, len(c.want), r.StdoutBytes)
		})
	}
	s, err := Parse([]byte(`{"argv":["cat"],"stdin_base64":"` + base64.StdEncoding.EncodeToString([]byte("\x00\x01")) + `"}`))
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 1}, s.StdinBase64)
}

func TestInputThatNobodyReadsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	r, err := Run(t.Context(), Spec{Argv: []string{"true"}, StdinBase64: make([]byte, 1<<20)}, Options{})
	require.NoError(t, err)
	assert.Less(t, r.StdinBytes, int64(1<<20))
	assert.Less(t, time.Since(begun), 10*time.Second)
}
