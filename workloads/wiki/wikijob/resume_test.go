package wikijob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var errInterrupted = errors.New("the machine is taken away")

// things is a payload of so many entities, which leaves the cache alone.
func things(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%q", fmt.Sprintf("Thing %d", i))
	}
	return `{"entities":[` + strings.Join(names, ",") + `],"concurrency":1,"cache_hours":0}`
}

// interrupt runs a job until it has saved so often, the first time included
// when nothing is done.
func (w *world) interrupt(t *testing.T, payload string, saves int) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	w.keeper.saves = 0
	w.keeper.saved = func() {
		if w.keeper.saves == saves {
			cancel(errInterrupted)
		}
	}
	_, err := w.run(ctx, "j", payload)
	require.ErrorIs(t, err, errInterrupted)
	w.keeper.saved = nil
}

// checkThings looks at a whole output.
func (w *world) checkThings(t *testing.T, name string, n int) {
	t.Helper()
	lines := w.lines(t, name)
	require.Len(t, lines, n)
	for i, l := range lines {
		assert.Equal(t, fmt.Sprintf("Thing %d", i), l.Title)
	}
}

func TestAnInterruptedJobGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.interrupt(t, things(40), 11)
	r := w.mustRun(t, "j", things(40))
	assert.Equal(t, 10, r.Resumed)
	assert.Equal(t, Counts{Found: 40}, r.Counts, "those of both attempts")
	times := map[string]int{}
	for _, title := range w.asked() {
		times[title]++
	}
	for n := range 40 {
		title := fmt.Sprintf("Thing_%d", n)
		assert.Positive(t, times[title], title)
		if n < 10 {
			assert.Equal(t, 1, times[title], "%s was done", title)
		}
	}
	w.checkThings(t, r.Output, 40)
	assert.Equal(t, []string{"j.jsonl"}, w.files(t, "output"))
}

func TestAJobIsInterruptedAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 4 {
		w.interrupt(t, things(20), 4)
		assert.Len(t, w.files(t, "output"), 1, "the parts of earlier attempts are gone")
	}
	r := w.mustRun(t, "j", things(20))
	assert.Equal(t, 12, r.Resumed)
	w.checkThings(t, r.Output, 20)
}

func TestWhatAKilledAttemptWroteBesidesIsNotTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.interrupt(t, things(10), 4)
	part := filepath.Join(w.dir, "output", w.files(t, "output")[0])
	f, err := os.OpenFile(part, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"entity":"half a li`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	r := w.mustRun(t, "j", things(10))
	assert.Equal(t, 3, r.Resumed)
	w.checkThings(t, r.Output, 10)
}

func TestAJobWhosePartIsGoneBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(string) error{
		"removed":   os.Remove,
		"shortened": func(part string) error { return os.Truncate(part, 5) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.interrupt(t, things(10), 4)
			require.NoError(t, spoil(filepath.Join(w.dir, "output", w.files(t, "output")[0])))
			r := w.mustRun(t, "j", things(10))
			assert.Zero(t, r.Resumed)
			assert.Equal(t, Counts{Found: 10}, r.Counts)
			w.checkThings(t, r.Output, 10)
			assert.Equal(t, []string{"j.jsonl"}, w.files(t, "output"))
		})
	}
}

func TestACheckpointOfOtherEntitiesIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payload := `{"file":"names","concurrency":1}`
	w.write(t, "names", "Thing 5\nThing 6\nThing 7\nThing 8\n")
	w.interrupt(t, payload, 3)
	w.write(t, "names", "Thing 0\nThing 1\nThing 2\n")
	r := w.mustRun(t, "j", payload)
	assert.Zero(t, r.Resumed)
	w.checkThings(t, r.Output, 3)
}

func TestABrokenCheckpointIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, raw := range []string{`{`, `{"version":9}`, `{"version":1,"digest":"x","part":"../../etc/passwd","bytes":9,"done":1}`} {
		require.NoError(t, w.keeper.volume.SaveCheckpoint(keptID, []byte(raw)))
		assert.Zero(t, w.mustRun(t, "j", things(2)).Resumed)
	}
}

func TestPartsOfOtherJobsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	others := []string{".j.k.ABC.part", ".k.ABC.part", ".j.ABC.txt", "j.part"}
	for _, name := range append(others, ".j.OLD.part") {
		w.write(t, "output/"+name, "x")
	}
	w.mustRun(t, "j", things(1))
	slices.Sort(others)
	assert.ElementsMatch(t, append(others, "j.jsonl"), w.files(t, "output"))
}
