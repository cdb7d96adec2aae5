package wikijob

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

func TestEachEntityHasItsLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.mustRun(t, "job-1", `{"entities":["google","No such thing","Batata","Thing 7","batatas"]}`)
	assert.Equal(t, Counts{Found: 3, Ambiguous: 1, Missing: 1}, r.Counts)
	assert.Equal(t, "output/job-1.jsonl", r.Output)
	assert.Equal(t, 5, r.Entities)
	assert.Positive(t, r.Seconds)
	lines := w.lines(t, r.Output)
	require.Len(t, lines, 5)
	assert.Equal(t, "google", lines[0].Entity)
	assert.Equal(t, "Google", lines[0].Title)
	assert.Equal(t, "https://en.wikipedia.org/wiki/Google", lines[0].URL)
	assert.True(t, strings.HasPrefix(lines[0].Sentence, "Google LLC is an American"), lines[0].Sentence)
	assert.Equal(t, Line{Entity: "No such thing", Status: Missing, Error: `there is no article "No such thing" in the Wikipedia in "en"`}, lines[1])
	assert.Equal(t, Line{
		Entity: "Batata", Status: Ambiguous, Title: "Batata", URL: "https://en.wikipedia.org/wiki/Batata",
		Sentence: "Batata may refer to:", MayReferTo: []string{"Batata harra", "Batata vada", "Potato", "Sweet potato"},
	}, lines[2])
	assert.Equal(t, Line{Entity: "Thing 7", Status: Found, Title: "Thing 7", Sentence: "Thing 7 is no. 7 of the things, e.g. for tests."}, lines[3])
	assert.Equal(t, "Ipomoea", lines[4].Title)
	assert.Equal(t, []string{"job-1.jsonl"}, w.files(t, "output"), "nothing else is left")
}

func TestEntitiesComeFromAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(t, "lists/things.txt", "\ufeffThing 1\r\n\r\n  今泉力哉  \n[[Thing 2]]\nA\xff\nThing 3")
	r := w.mustRun(t, "j", `{"file":"lists/things.txt","lang":"ja","output":"deep/er","concurrency":1,"per_second":200}`)
	assert.Equal(t, Counts{Found: 3, Invalid: 2}, r.Counts)
	lines := w.lines(t, "deep/er/j.jsonl")
	require.Len(t, lines, 5)
	assert.Equal(t, "今泉 力哉 は、日本の映画監督。", lines[1].Sentence)
	assert.Equal(t, Line{Entity: "[[Thing 2]]", Status: Invalid, Error: "entity has '[', want none of #<>[]|{}, which no title has"}, lines[2])
	assert.Equal(t, Invalid, lines[3].Status)
	assert.Equal(t, "Thing 3", lines[4].Title)
	assert.Contains(t, w.Seen()[0].Path, "/ja/")
}

func TestManyEntitiesKeepTheirOrderWhateverIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var now, most atomic.Int64
	slow := func(rw http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		(&wikitest.Wiki{}).ServeHTTP(rw, r)
	}
	var names strings.Builder
	for n := range 500 {
		fmt.Fprintf(&names, "Thing %d\n", n)
		w.FailNext(slow)
	}
	w.write(t, "names", names.String())
	r := w.mustRun(t, "j", `{"file":"names","concurrency":7,"per_second":100,"cache_hours":0}`)
	assert.Equal(t, Counts{Found: 500}, r.Counts)
	for n, l := range w.lines(t, r.Output) {
		require.Equal(t, fmt.Sprintf("Thing %d", n), l.Title)
	}
	assert.LessOrEqual(t, most.Load(), int64(7))
	assert.NoFileExists(t, filepath.Join(w.dir, "cache"))
}

func TestAJobKeepsToItsPace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.step = 0
	begun := w.clock.Now()
	w.mustRun(t, "j", `{"entities":["Thing 1","Thing 2","Thing 3","Thing 4","Thing 5"],"per_second":0.5}`)
	assert.GreaterOrEqual(t, w.clock.Now().Sub(begun).Seconds(), 8.0, "four gaps of two seconds")
}

func TestAnAnswerOfNoUseIsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.FailNext(nil, wikitest.Answer(200, "<html>"))
	r := w.mustRun(t, "j", `{"entities":["Thing 1","Thing 2","Thing 3"],"concurrency":1}`)
	assert.Equal(t, Counts{Found: 2, Failed: 1}, r.Counts)
	line := w.lines(t, r.Output)[1]
	assert.Equal(t, Failed, line.Status)
	assert.Contains(t, line.Error, "its answer of 6 bytes is not of the form that is known")
}

func TestAWikipediaThatCannotBeAskedFailsTheAttempt(t *testing.T) {
	t.Parallel()
	useless := make([]http.HandlerFunc, 40)
	for i := range useless {
		useless[i] = wikitest.Answer(200, "[]")
	}
	busy := wikitest.Answer(503, "")
	many := `{"entities":["Thing 0` + strings.Repeat(`","Thing 0`, 30) + `"],"concurrency":1}`
	for name, c := range map[string]struct {
		payload string
		answers []http.HandlerFunc
		want    string
	}{
		"down":           {`{"entities":["Thing 1"]}`, []http.HandlerFunc{busy, busy, busy, busy}, "asking for entity 1 of 1: asking Wikipedia: it answers 503"},
		"refused":        {`{"entities":["Thing 1"]}`, []http.HandlerFunc{wikitest.Answer(403, "")}, "it answers 403 Forbidden"},
		"a long pause":   {`{"entities":["Thing 1"]}`, []http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "7200")}, "it answers 429"},
		"all of no use":  {`{"entities":["Thing 1","Thing 2"]}`, useless, "none of 2 entities was answered, the last: asking Wikipedia: its answer of 2 bytes"},
		"many of no use": {many, append([]http.HandlerFunc{nil}, useless...), "20 entities in a row were not answered, the last: asking Wikipedia"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.FailNext(c.answers...)
			payload := strings.ReplaceAll(c.payload, `"concurrency":1`, `"concurrency":1,"cache_hours":0`)
			_, err := w.run(t.Context(), "j", payload)
			require.ErrorContains(t, err, c.want)
			assert.False(t, job.IsRejected(err), "another attempt may succeed")
			assert.NoFileExists(t, filepath.Join(w.dir, "output/j.jsonl"))
		})
	}
}

func TestWhatCannotSucceedIsRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ payload, want string }{
		"bad payload":    {`{}`, "entities has 0 entries"},
		"no such file":   {`{"file":"none"}`, `reading entities from "none"`},
		"a folder":       {`{"file":"folder"}`, "want a regular file"},
		"a pipe":         {`{"file":"pipe"}`, "want a regular file"},
		"a way out":      {`{"file":"out"}`, "escapes from parent"},
		"below a file":   {`{"file":"empty/x"}`, "not a directory"},
		"an empty file":  {`{"file":"empty"}`, `file "empty" has 0 entities, want 1..500000`},
		"a file of many": {`{"file":"many"}`, `file "many" has 500001 entities`},
		"a large file":   {`{"file":"large"}`, "want a regular file of at most 16777216"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write(t, "empty", "\n \r\n")
			w.write(t, "folder/x", "")
			w.write(t, "many", strings.Repeat("a\n", MaxEntities+1))
			w.write(t, "large", "")
			require.NoError(t, os.Truncate(filepath.Join(w.dir, "large"), MaxFileBytes+1))
			require.NoError(t, syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o644))
			require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(w.dir, "out")))
			_, err := w.run(t.Context(), "j", c.payload)
			require.ErrorContains(t, err, c.want)
			assert.True(t, job.IsRejected(err))
			assert.Empty(t, w.Seen())
		})
	}
}

func TestAWorkerWithoutFilesRejectsTheJob(t *testing.T) {
	t.Parallel()
	_, err := newWorld(t).kind.Run(t.Context(), job.Task{Payload: json.RawMessage(`{"entities":["a"]}`), Log: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, errNoFiles)
	assert.True(t, job.IsRejected(err))
}

func TestBadPayloadsAreRefusedWithAllTheirFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"nothing":       {``, []string{"payload is empty"}},
		"unknown field": {`{"entity":"google"}`, []string{`unknown field "entity"`}},
		"both":          {`{"entities":["a"],"file":"b"}`, []string{"entities and file are given, want one of them"}},
		"all of it": {
			`{"entities":["a","","[b]"],"lang":"E","output":"../x","concurrency":33,"per_second":0,"cache_hours":-1}`,
			[]string{
				"entities[1] is empty", "entities[2] has '['", `lang is "E"`, `output is "../x", want a folder below`,
				"concurrency is 33, want 1..32", "per_second is 0, want more than 0 and at most 200", "cache_hours is -1, want 0..8760",
			},
		},
		"a way out": {`{"file":"/etc/passwd","per_second":1e9}`, []string{`file is "/etc/passwd", want a name below`, "per_second is 1e+09"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := NewKind(KindOptions{}).Check(json.RawMessage(c.payload))
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
	assert.NoError(t, NewKind(KindOptions{}).Check(json.RawMessage(`{"entities":["google"]}`)))
}
