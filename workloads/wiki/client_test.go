package wiki_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/wiki"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

// lookup asks for Google, as is there.
func lookup(t *testing.T, w world) (wiki.Answer, error) {
	t.Helper()
	return w.client.Lookup(t.Context(), wiki.Request{Entity: "Google"})
}

func TestARequestNamesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.Contact = "ops@example.org" })
	_, err := lookup(t, w)
	require.NoError(t, err)
	assert.Regexp(t, `^spotgrid-wiki/1\.0 \(ops@example\.org\) net-http/1\.`, w.Seen()[0].UserAgent)
	assert.Equal(t, "application/json", w.Seen()[0].Accept)
	w = newWorld(t, nil)
	_, err = lookup(t, w)
	require.NoError(t, err)
	assert.Contains(t, w.Seen()[0].UserAgent, "(https://github.com/spotgrid/spotgrid)")
}

func TestAnAnswerNamesItsArticle(t *testing.T) {
	t.Parallel()
	a, err := lookup(t, newWorld(t, nil))
	require.NoError(t, err)
	assert.Equal(t, wiki.Answer{Title: "Google", Lang: "en", URL: "https://en.wikipedia.org/wiki/Google", Sentence: googlesSentence}, a)
}

func TestPassingTroubleIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		sleeps  []time.Duration
	}{
		"one bad gateway":        {[]http.HandlerFunc{wikitest.Answer(502, "")}, []time.Duration{375 * time.Millisecond}},
		"pauses that grow":       {[]http.HandlerFunc{wikitest.Answer(500, ""), wikitest.Answer(502, ""), wikitest.Answer(504, "")}, []time.Duration{375 * time.Millisecond, 750 * time.Millisecond, 1500 * time.Millisecond}},
		"a cut connection":       {[]http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}, []time.Duration{375 * time.Millisecond}},
		"a cut answer":           {[]http.HandlerFunc{wikitest.Answer(200, "{", "Content-Length", "100")}, []time.Duration{375 * time.Millisecond}},
		"429 with seconds":       {[]http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "7")}, []time.Duration{7 * time.Second}},
		"503 with a time":        {[]http.HandlerFunc{wikitest.Answer(503, "", "Retry-After", "Sun, 09 Sep 2001 01:47:10 GMT")}, []time.Duration{30 * time.Second}},
		"429 with a past time":   {[]http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "Sun, 09 Sep 2001 01:00:00 GMT")}, []time.Duration{375 * time.Millisecond}},
		"429 with nonsense":      {[]http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "soon")}, []time.Duration{375 * time.Millisecond}},
		"429 with zero":          {[]http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "0")}, []time.Duration{375 * time.Millisecond}},
		"lag":                    {[]http.HandlerFunc{wikitest.Answer(200, string(wikitest.Read("maxlag.json")), "Retry-After", "6")}, []time.Duration{6 * time.Second}},
		"lag without a time":     {[]http.HandlerFunc{wikitest.Answer(200, string(wikitest.Read("maxlag.json")))}, []time.Duration{5 * time.Second}},
		"as long as is patience": {[]http.HandlerFunc{wikitest.Answer(429, "", "Retry-After", "120")}, []time.Duration{2 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.FailNext(c.answers...)
			a, err := lookup(t, w)
			require.NoError(t, err)
			assert.Equal(t, "Google", a.Title)
			assert.Equal(t, c.sleeps, w.Slept())
			assert.Len(t, w.Seen(), len(c.answers)+1)
		})
	}
}

func TestWhatStaysIsNotAskedForEver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		tries  int
	}{
		"an error inside":       {wikitest.Answer(500, ""), 4},
		"refused":               {wikitest.Answer(403, ""), 1},
		"another form":          {wikitest.Answer(200, "[]"), 1},
		"longer than patience":  {wikitest.Answer(429, "", "Retry-After", "121"), 1},
		"an error of MediaWiki": {wikitest.Answer(200, `{"error":{"code":"internal_api_error_X","info":"boom"}}`), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.FailNext(c.answer, c.answer, c.answer, c.answer, c.answer)
			_, err := lookup(t, w)
			var failed *wiki.UpstreamError
			require.ErrorAs(t, err, &failed)
			assert.Len(t, w.Seen(), c.tries)
		})
	}
}

func TestNoPauseIsBegunThatOutlastsTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.Now = nil }) // deadlines are of the real clock
	w.FailNext(wikitest.Answer(429, "", "Retry-After", "60"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := w.client.Lookup(ctx, wiki.Request{Entity: "Google"})
	var failed *wiki.UpstreamError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, time.Minute, failed.RetryAfter)
	assert.Empty(t, w.Slept())
}

func TestASlowTryIsGivenUpAndAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.TryTimeout = 300 * time.Millisecond })
	w.FailNext(hang)
	a, err := lookup(t, w)
	require.NoError(t, err)
	assert.Equal(t, "Google", a.Title)
}

func TestRequestsKeepToTheirPace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.PerSecond = 4 })
	begun := w.Now()
	var group sync.WaitGroup
	for range 9 {
		group.Go(func() {
			_, err := w.client.Lookup(t.Context(), wiki.Request{Entity: "Thing 1"})
			assert.NoError(t, err)
		})
	}
	group.Wait()
	assert.GreaterOrEqual(t, w.Now().Sub(begun), 2*time.Second, "eight gaps of a quarter")
	assert.Len(t, w.Seen(), 9)
}

func TestAPauseIsOneForAllThatAClientAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.FailNext(wikitest.Answer(429, "", "Retry-After", "50"))
	paused, release := make(chan struct{}), make(chan struct{})
	client, err := wiki.NewClient(wiki.Options{
		BaseURL: w.url + wikitest.BasePath, Now: w.Now, Random: func() float64 { return 0 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			paused <- struct{}{}
			<-release
			return w.Sleep(ctx, d)
		},
	})
	require.NoError(t, err)
	var group sync.WaitGroup
	ask := func() {
		group.Go(func() {
			_, err := client.Lookup(t.Context(), wiki.Request{Entity: "Thing 1"})
			assert.NoError(t, err)
		})
	}
	ask()
	<-paused
	ask()
	<-paused // the second waits, too, though nobody told it
	assert.Len(t, w.Seen(), 1)
	close(release)
	group.Wait()
	assert.Len(t, w.Seen(), 3)
}

func TestACancelledCallerIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	cause := errors.New("the worker ends")
	ctx, cancel := context.WithCancelCause(t.Context())
	w.FailNext(func(rw http.ResponseWriter, r *http.Request) {
		cancel(cause)
		hang(rw, r)
	})
	_, err := w.client.Lookup(ctx, wiki.Request{Entity: "Google"})
	require.ErrorIs(t, err, cause)
	_, err = w.client.Lookup(ctx, wiki.Request{Entity: "Google"})
	require.ErrorIs(t, err, cause)
	assert.Len(t, w.Seen(), 1)
}

func TestMeaningsAreAskedOfTheActionAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	a, err := w.client.Lookup(t.Context(), wiki.Request{Entity: "Test"})
	require.NoError(t, err)
	assert.True(t, a.Ambiguous)
	assert.Equal(t, "Test(s), testing, or TEST may refer to:", a.Sentence)
	assert.Equal(t, "/en/w/api.php?action=query&format=json&formatversion=2&generator=links&gpllimit=100&gplnamespace=0&maxlag=5&prop=info&redirects=1&titles=Test", w.Seen()[1].Path)
}

func TestAnAmbiguousEntityIsAnsweredWithoutMeanings(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"refused":  wikitest.Answer(403, ""),
		"no links": wikitest.Answer(200, `{"batchcomplete":true}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.FailNext(nil, answer)
			r := call(t.Context(), t, w.function(), `{"entity":"Batata"}`)
			assert.Equal(t, "200", r.StatusCode)
			assert.Equal(t, `{"message": "\"Batata\" may refer to several articles"}`, r.Body)
			r = call(t.Context(), t, newWorld(t, nil).function(), `{"entity":"Batata"}`)
			assert.Contains(t, r.Body, "Batata vada")
		})
	}
}

func TestBadOptionsAreRefusedWithAllTheirFaults(t *testing.T) {
	t.Parallel()
	_, err := wiki.NewClient(wiki.Options{BaseURL: "ftp://x?y", Contact: "me (here)\r\nX: y", PerSecond: 201, TryTimeout: -1})
	require.Error(t, err)
	for _, want := range []string{
		`base URL (SPOTGRID_WIKI_BASE_URL) is "ftp://x?y", want http or https and a host`,
		`contact (SPOTGRID_WIKI_CONTACT) is "me (here)\r\nX: y", want a web or mail address`,
		"requests per second are 201, want 0..200",
		"timeout of a try is -1ns",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Equal(t, 3, strings.Count(err.Error(), "\n"))
}

func TestOptionsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{"SPOTGRID_WIKI_BASE_URL": "http://localhost/w", "SPOTGRID_WIKI_CONTACT": "a@b.org"}
	o := wiki.OptionsFrom(func(name string) string { return env[name] })
	assert.Equal(t, wiki.Options{BaseURL: "http://localhost/w", Contact: "a@b.org"}, o)
}
