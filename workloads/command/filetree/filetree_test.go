package filetree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var plenty = Limits{Files: 100, Bytes: 1 << 20}

// folder is an open temporary folder with files in it.
func folder(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, root.Close()) })
	for name, text := range files {
		require.NoError(t, root.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, root.WriteFile(name, []byte(text), 0o600))
	}
	return root
}

// content is every file of a folder, by path.
func content(t *testing.T, root *os.Root) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if strings.HasPrefix(name, StagingPrefix) {
				found[name] = "left behind"
			}
			return err
		}
		text, err := root.ReadFile(name)
		found[name] = string(text)
		return err
	}))
	return found
}

func options() Options { return Options{Limits: plenty, Staging: StagingPrefix + "test"} }

func TestFoldersAreCopiedWhole(t *testing.T) {
	t.Parallel()
	src, dst := folder(t, map[string]string{"a/b/c": "1", "a/d": "22", "e": "333"}), folder(t, nil)
	require.NoError(t, src.Chmod("a/d", 0o755))
	items, err := List(src, "a", "x/y", plenty)
	require.NoError(t, err)
	var told []int64
	o := options()
	o.Durable, o.Progress = true, func(_ int, bytes int64) { told = append(told, bytes) }
	total, err := Copy(t.Context(), src, dst, items, o)
	require.NoError(t, err)
	assert.Equal(t, Total{Files: 2, Bytes: 3}, total)
	assert.Equal(t, map[string]string{"x/y/b/c": "1", "x/y/d": "22"}, content(t, dst))
	assert.IsNonDecreasing(t, told)
	assert.EqualValues(t, 3, told[len(told)-1])
	for name, mode := range map[string]fs.FileMode{"x/y/b/c": 0o600, "x/y/d": 0o700, "x/y": 0o700 | fs.ModeDir} {
		info, err := dst.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode(), name)
	}
	items, err = List(src, "e", "e", plenty)
	require.NoError(t, err)
	assert.Equal(t, []Item{{From: "e", To: "e", Bytes: 3}}, items)
}

func TestWhatIsThereIsNotReplacedUnlessAsked(t *testing.T) {
	t.Parallel()
	src, dst := folder(t, map[string]string{"a": "new", "b": "new", "c": "new"}), folder(t, map[string]string{"a": "old", "b": "old"})
	items := []Item{{From: "a", To: "a"}, {From: "b", To: "b"}, {From: "c", To: "c"}}
	_, err := Copy(t.Context(), src, dst, items, options())
	require.ErrorIs(t, err, fs.ErrExist)
	require.ErrorContains(t, err, `"a"`)
	require.ErrorContains(t, err, `"b"`, "all of them")
	assert.Equal(t, map[string]string{"a": "old", "b": "old"}, content(t, dst), "nothing is changed")
	o := options()
	o.Overwrite = true
	_, err = Copy(t.Context(), src, dst, items, o)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "new", "b": "new", "c": "new"}, content(t, dst))
}

func TestACopyThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the machine is taken away")
	cancel(cause)
	for name, c := range map[string]struct {
		ctx    context.Context
		items  []Item
		limits Limits
		want   string
	}{
		"cancelled":       {cancelled, []Item{{From: "a", To: "a"}}, plenty, cause.Error()},
		"gone meanwhile":  {t.Context(), []Item{{From: "a", To: "a"}, {From: "gone", To: "b"}}, plenty, "no such file"},
		"grown meanwhile": {t.Context(), []Item{{From: "a", To: "a", Bytes: 1}}, Limits{Files: 1, Bytes: 1}, `"a" has grown, more than allowed: want at most 1 bytes`},
		"out of src":      {t.Context(), []Item{{From: "../a", To: "a"}}, plenty, "path escapes"},
		"out of dst":      {t.Context(), []Item{{From: "a", To: "../a"}}, plenty, `"../a", want a relative path`},
		"onto a folder":   {t.Context(), []Item{{From: "a", To: "there"}}, plenty, `"there" is a folder`},
		"below a file":    {t.Context(), []Item{{From: "a", To: "there/f/g"}}, plenty, "not a directory"},
		"twice":           {t.Context(), []Item{{From: "a", To: "x"}, {From: "b", To: "x"}}, plenty, `"x" would be written twice`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, dst := folder(t, map[string]string{"a": "12", "b": "3"}), folder(t, map[string]string{"there/f": "old"})
			o := options()
			o.Limits, o.Overwrite = c.limits, true
			_, err := Copy(c.ctx, src, dst, c.items, o)
			require.ErrorContains(t, err, c.want)
			assert.Equal(t, map[string]string{"there/f": "old"}, content(t, dst))
		})
	}
}

func TestOnlyFilesAndFoldersAreListed(t *testing.T) {
	t.Parallel()
	src := folder(t, map[string]string{"d/a": "1"})
	path := src.Name()
	require.NoError(t, os.Symlink("a", filepath.Join(path, "d/link")))
	require.NoError(t, os.Symlink("d", filepath.Join(path, "folder")))
	require.NoError(t, os.Symlink("/etc", filepath.Join(path, "out")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(path, "d/pipe"), 0o600))
	_, err := List(src, "d", "d", plenty)
	require.ErrorIs(t, err, ErrNotRegular)
	require.ErrorContains(t, err, `"d/link" is a symbolic link`)
	require.ErrorContains(t, err, `"d/pipe" is a named pipe`, "all of them")
	_, err = List(src, "out", "x", plenty)
	require.ErrorContains(t, err, "path escapes")
	_, _, err = OpenFile(src, "d/pipe")
	require.ErrorIs(t, err, ErrNotRegular, "and nobody waits for its other end")
	f, info, err := OpenFile(src, "d/link")
	require.NoError(t, err, "a link within the folder is fine where a file is asked for by name")
	require.NoError(t, f.Close())
	assert.EqualValues(t, 1, info.Size())
}

func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	src := folder(t, map[string]string{"d/a": "123", "d/b": "456", "d/c": ""})
	for name, c := range map[string]struct {
		limits Limits
		want   string
	}{
		"files": {Limits{Files: 2, Bytes: 100}, "more than allowed: want at most 2"},
		"bytes": {Limits{Files: 3, Bytes: 5}, "6 bytes and more, more than allowed: want at most 5"},
	} {
		_, err := List(src, "d", "d", c.limits)
		require.ErrorIs(t, err, ErrTooMuch, name)
		assert.ErrorContains(t, err, c.want)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	src := folder(t, map[string]string{"a.txt": "", "b.log": "", "out/c.txt": "", "out/deep/d.txt": "", "out/deep/er/e": "", "other/f.txt": ""})
	for name, c := range map[string]struct {
		patterns []string
		want     []string
		err      string
	}{
		"in one folder":      {patterns: []string{"*.txt"}, want: []string{"a.txt"}},
		"a folder":           {patterns: []string{"out"}, want: []string{"out/c.txt", "out/deep/d.txt", "out/deep/er/e"}},
		"a folder by a star": {patterns: []string{"out/d*"}, want: []string{"out/deep/d.txt", "out/deep/er/e"}},
		"a star in between":  {patterns: []string{"*/*.txt"}, want: []string{"other/f.txt", "out/c.txt"}},
		"twice but once":     {patterns: []string{"a.txt", "*.txt"}, want: []string{"a.txt"}},
		"everything":         {patterns: []string{"."}, want: []string{"a.txt", "b.log", "other/f.txt", "out/c.txt", "out/deep/d.txt", "out/deep/er/e"}},
		"nothing":            {patterns: []string{"*.txt", "*.csv", "out/*.csv"}, want: []string{"a.txt"}, err: `"*.csv" matches no file`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items, err := Match(src, c.patterns, "to", plenty)
			var got []string
			for _, item := range items {
				got = append(got, item.From)
				assert.Equal(t, "to/"+item.From, item.To)
			}
			assert.ElementsMatch(t, c.want, got)
			if c.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.err)
				assert.ErrorContains(t, err, `"out/*.csv"`)
			}
		})
	}
}

func TestPathsThatLeaveTheirFolderAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "/a", "..", "../a", "a/../../b", "a\x00b", strings.Repeat("a", 4097)} {
		assert.ErrorContains(t, CheckPath(p), "want a relative path that stays in its folder", p)
		assert.Error(t, CheckPattern(p), p)
	}
	for _, p := range []string{"[", "a/[b", "./a", "a//b", "a/"} {
		assert.Error(t, CheckPattern(p), p)
	}
	for _, p := range []string{"a", "a/b", ".", "*", "a/[b-c]*", "...", ".hidden"} {
		assert.NoError(t, CheckPattern(p), p)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("*/[a-c]?", "d/b1/e")
	f.Add("a/*", "a")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if CheckPattern(pattern) != nil || CheckPattern(name) != nil {
			return
		}
		m := matcher{patterns: []string{pattern}, matched: make([]bool, 1)}
		if !m.matches(name) {
			return
		}
		// A file can only be found if every folder on the way is looked into.
		for folder := filepath.Dir(name); folder != "."; folder = filepath.Dir(folder) {
			require.True(t, m.leads(folder), "%q leads to %q for %q", folder, name, pattern)
		}
	})
}
