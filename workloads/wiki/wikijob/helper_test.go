package wikijob

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wiki"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

// clock goes on by step each time it is read, and when somebody sleeps. It is
// safe for concurrent use.
type clock struct {
	step time.Duration

	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept += d
	return context.Cause(ctx)
}

// world is a Wikipedia on this machine, a volume, and a kind that has both.
type world struct {
	*wikitest.Wiki
	clock  *clock
	dir    string
	root   *os.Root
	keeper *keeper
	kind   job.Kind
}

// newWorld makes one whose checkpoint is saved after each line.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Wiki: &wikitest.Wiki{}, clock: &clock{step: time.Second, now: time.Unix(1_000_000_000, 0)}, dir: t.TempDir()}
	server := httptest.NewServer(w.Wiki)
	t.Cleanup(server.Close)
	var err error
	w.root, err = os.OpenRoot(w.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.root.Close()) })
	w.keeper = newKeeper(t)
	w.kind = NewKind(KindOptions{Now: w.clock.Now, Wiki: &wiki.Options{
		BaseURL: server.URL + wikitest.BasePath, Now: w.clock.Now, Sleep: w.clock.Sleep, Random: func() float64 { return 0 },
	}})
	return w
}

// write makes a file of the users'.
func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// run runs a job.
func (w *world) run(ctx context.Context, id, payload string) (Result, error) {
	raw, err := w.kind.Run(ctx, job.Task{
		ID: id, Payload: json.RawMessage(payload), Files: w.root, Checkpoint: w.keeper, Log: slog.New(slog.DiscardHandler),
	})
	var r Result
	if err == nil {
		err = job.DecodeStrict(raw, &r)
	}
	return r, err
}

// mustRun runs a job that succeeds.
func (w *world) mustRun(t *testing.T, id, payload string) Result {
	t.Helper()
	r, err := w.run(t.Context(), id, payload)
	require.NoError(t, err)
	return r
}

// lines are those of an output.
func (w *world) lines(t *testing.T, name string) []Line {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, name))
	require.NoError(t, err)
	var lines []Line
	for text := range strings.Lines(string(data)) {
		var l Line
		require.NoError(t, job.DecodeStrict([]byte(text), &l))
		lines = append(lines, l)
	}
	return lines
}

// asked are the titles that Wikipedia was asked for.
func (w *world) asked() []string {
	var titles []string
	for _, s := range w.Seen() {
		if _, title, ok := strings.Cut(s.Path, "/summary/"); ok {
			titles = append(titles, title)
		}
	}
	return titles
}

// files are the names in a folder of the users'.
func (w *world) files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, folder))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// keeper keeps the checkpoint of a job on a volume, as a worker does. After a
// save it calls saved, if set.
type keeper struct {
	volume *volume.Volume
	saves  int
	saved  func()
}

const keptID = "kept"

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	path := filepath.Join(t.TempDir(), "volume")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	return &keeper{volume: v}
}

func (k *keeper) Load(context.Context) ([]byte, error) { return k.volume.LoadCheckpoint(keptID) }

func (k *keeper) Save(ctx context.Context, data []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := k.volume.SaveCheckpoint(keptID, data); err != nil {
		return err
	}
	k.saves++
	if k.saved != nil {
		k.saved()
	}
	return nil
}
