package wikijob

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

// entries are the paths of what the cache has.
func (w *world) entries(t *testing.T) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(filepath.Join(w.dir, CacheFolder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func TestWhatOneJobLearnedOthersNeedNotAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payload := `{"entities":["google","Batata","No such thing","Thing 1"]}`
	first := w.mustRun(t, "a", payload)
	assert.Zero(t, first.Cached)
	asked := len(w.Seen())
	second := w.mustRun(t, "b", payload)
	assert.Len(t, w.Seen(), asked, "nothing more")
	assert.Equal(t, Counts{Found: 2, Ambiguous: 1, Missing: 1, Cached: 4}, second.Counts)
	assert.Equal(t, w.lines(t, first.Output), w.lines(t, second.Output))
	assert.Len(t, w.entries(t), 4)
	w.mustRun(t, "c", `{"entities":["google"],"lang":"de"}`)
	assert.Greater(t, len(w.Seen()), asked, "another language is another question")
}

func TestOldAnswersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payload := `{"entities":["Thing 1"],"cache_hours":2}`
	w.mustRun(t, "a", payload)
	require.NoError(t, w.clock.Sleep(t.Context(), time.Hour))
	assert.Equal(t, 1, w.mustRun(t, "b", payload).Cached)
	require.NoError(t, w.clock.Sleep(t.Context(), time.Hour))
	assert.Zero(t, w.mustRun(t, "c", payload).Cached)
	assert.Equal(t, 1, w.mustRun(t, "d", payload).Cached, "the new one is kept")
	w.clock.now = w.clock.now.Add(-24 * time.Hour)
	assert.Zero(t, w.mustRun(t, "e", payload).Cached, "one of the future is not trusted")
}

func TestWhatFailedIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.FailNext(wikitest.Answer(200, "[]"), nil, nil, wikitest.Answer(403, ""))
	r := w.mustRun(t, "a", `{"entities":["Thing 1","Thing 2","Batata"],"concurrency":1}`)
	assert.Equal(t, Counts{Found: 1, Failed: 1, Ambiguous: 1}, r.Counts)
	assert.Len(t, w.entries(t), 1, "Thing 2: of Batata not all is known")
}

func TestAnEntryThatIsNotWhatItShouldBeIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"cut short":     func(path string) error { return os.Truncate(path, 10) },
		"empty":         func(path string) error { return os.Truncate(path, 0) },
		"of another":    func(path string) error { return os.WriteFile(path, []byte(`{"lang":"en","entity":"Thing 2"}`), 0o644) },
		"another form":  func(path string) error { return os.WriteFile(path, []byte(`{"entity":5}`), 0o644) },
		"too large":     func(path string) error { return os.Truncate(path, 1<<30) },
		"a pipe":        func(path string) error { return replace(path, func() error { return syscall.Mkfifo(path, 0o644) }) },
		"a way out":     func(path string) error { return replace(path, func() error { return os.Symlink("/etc/passwd", path) }) },
		"a folder":      func(path string) error { return replace(path, func() error { return os.Mkdir(path, 0o755) }) },
		"a broken link": func(path string) error { return replace(path, func() error { return os.Symlink("nowhere", path) }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mustRun(t, "a", `{"entities":["Thing 1"]}`)
			require.NoError(t, spoil(w.entries(t)[0]))
			r := w.mustRun(t, "b", `{"entities":["Thing 1"]}`)
			assert.Equal(t, Counts{Found: 1}, r.Counts)
			assert.Equal(t, "Thing 1", w.lines(t, r.Output)[0].Title)
		})
	}
}

func replace(path string, with func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return with()
}

func TestAJobGoesOnWhereTheCacheTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, "cache", "a file where the folder should be")
	r := w.mustRun(t, "a", `{"entities":["Thing 1","Thing 2"]}`)
	assert.Equal(t, Counts{Found: 2}, r.Counts)
}
