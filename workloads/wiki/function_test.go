package wiki_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/wiki"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

const googlesSentence = "Google LLC is an American multinational technology company that specializes in Internet-related services and products, which include online advertising technologies, a search engine, cloud computing, software, and hardware."

func TestTheAnswerHasTheFormOfTheExample(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	out, err := w.function().Handle(t.Context(), json.RawMessage(`{"entity":"google"}`))
	require.NoError(t, err)
	text, err := json.Marshal(out)
	require.NoError(t, err)
	assert.Equal(t, `{"statusCode":"200","headers":{"Content-type":"application/json"},"body":"{\"message\": \"`+googlesSentence+`\"}"}`, string(text))
	require.Len(t, w.Seen(), 2, "the title and its normal form")
	assert.Equal(t, "/en/api/rest_v1/page/summary/google", w.Seen()[0].Path)
	assert.Equal(t, "/en/api/rest_v1/page/summary/Google", w.Seen()[1].Path)
}

func TestEveryEntityIsAnswered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ payload, status, body string }{
		"a redirect":           {`{"entity":"batatas"}`, "200", `{"message": "Ipomoea is the largest genus in the plant family Convolvulaceae, with over 600 species."}`},
		"another language":     {`{"entity":"今泉力哉","lang":"ja"}`, "200", `{"message": "今泉 力哉 は、日本の映画監督。"}`},
		"spaces around":        {`{"entity":"  google  "}`, "200", `{"message": "` + googlesSentence + `"}`},
		"an ambiguous one":     {`{"entity":"Batata"}`, "200", `{"message": "Batata may refer to: Batata harra; Batata vada; Potato; Sweet potato", "may_refer_to": ["Batata harra", "Batata vada", "Potato", "Sweet potato"]}`},
		"no title":             {`{"entity":"Xyzzy <no"}`, "400", `{"message": "bad request: entity has '<', want none of #<>[]|{}, which no title has"}`},
		"a missing article":    {`{"entity":"No such \"thing\" & more"}`, "404", `{"message": "there is no article \"No such \\\"thing\\\" & more\" in the Wikipedia in \"en\""}`},
		"an article elsewhere": {`{"entity":"google","lang":"vi"}`, "404", `{"message": "there is no article \"google\" in the Wikipedia in \"vi\""}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t.Context(), t, newWorld(t, nil).function(), c.payload)
			assert.Equal(t, c.status, r.StatusCode)
			assert.Equal(t, c.body, r.Body)
			assert.Equal(t, map[string]string{"Content-type": "application/json"}, r.Headers)
		})
	}
}

func TestBadPayloadsAreAnsweredWithAllTheirFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"nothing":            {``, []string{`payload has 0 bytes, want 1..4096, such as {"entity":"google"}`}},
		"no JSON":            {`google`, []string{"payload is not a JSON object"}},
		"null":               {`null`, []string{"payload is not a JSON object"}},
		"a list":             {`["google"]`, []string{"payload is not a JSON object"}},
		"an empty object":    {`{}`, []string{"entity is empty, want the title of an article"}},
		"an empty entity":    {`{"entity":" _ "}`, []string{"entity is empty"}},
		"a number":           {`{"entity":5}`, []string{"entity"}},
		"an unknown field":   {`{"entity":"a","language":"en"}`, []string{`unknown field "language"`}},
		"more than one":      {`{"entity":"a"}{}`, []string{"payload is not a JSON object"}},
		"too large":          {`{"entity":"` + strings.Repeat("a", 5000) + `"}`, []string{"payload has 5013 bytes, want 1..4096"}},
		"too long":           {`{"entity":"` + strings.Repeat("é", 128) + `"}`, []string{"entity has 256 bytes, want 1..255"}},
		"far too long":       {`{"entity":"` + strings.Repeat("a", 1021) + `"}`, []string{"entity has 1021 bytes, want 1..255"}},
		"a control sign":     {`{"entity":"a\u0000b"}`, []string{`entity is "a\x00b", want no control characters`}},
		"a line feed":        {`{"entity":"a\nb"}`, []string{"no control characters"}},
		"no UTF-8":           {"{\"entity\":\"a\xff\"}", []string{`entity has '�'`}},
		"dots":               {`{"entity":"../../secret"}`, []string{"want no part that is . or .."}},
		"an encoded one":     {`{"entity":"a%2Fb"}`, []string{`entity has "%2F", want characters as they are`}},
		"a host in lang":     {`{"entity":"a","lang":"evil.example/"}`, []string{`lang is "evil.example/", want the name of a Wikipedia`}},
		"capitals in lang":   {`{"entity":"a","lang":"EN"}`, []string{`lang is "EN"`}},
		"two faults":         {`{"entity":"[x]\u0007","lang":"?"}`, []string{`entity is "[x]\a", want no control characters; has '['`, `lang is "?"`}},
		"a colon and tildes": {`{"entity":":~~~"}`, []string{"begins with a colon", "has ~~~"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			r := call(t.Context(), t, w.function(), c.payload)
			assert.Equal(t, "400", r.StatusCode)
			for _, want := range c.want {
				assert.Contains(t, message(t, r), want)
			}
			assert.Empty(t, w.Seen(), "nothing is asked")
		})
	}
}

func TestAnUpstreamThatFailsIsToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		status  string
		message string
	}{
		"an error inside":      {wikitest.Answer(500, "boom"), "502", "asking Wikipedia: it answers 500 Internal Server Error"},
		"refused":              {wikitest.Answer(403, "Please set a user-agent"), "502", "it answers 403 Forbidden"},
		"overload":             {wikitest.Answer(429, "", "Retry-After", "600"), "503", "it answers 429 Too Many Requests"},
		"overload, no time":    {wikitest.Answer(429, ""), "503", "it answers 429 Too Many Requests"},
		"maintenance":          {wikitest.Answer(503, "", "Retry-After", "3600"), "503", "it answers 503 Service Unavailable"},
		"lag":                  {wikitest.Answer(200, string(wikitest.Read("maxlag.json")), "Retry-After", "500"), "503", "it answers the error maxlag: Waiting for db1099"},
		"no JSON":              {wikitest.Answer(200, "<html>"), "502", "its answer of 6 bytes is not of the form that is known"},
		"JSON of another form": {wikitest.Answer(200, `{"title":["Google"],"extract":7}`), "502", "is not of the form that is known"},
		"a list":               {wikitest.Answer(200, `[]`), "502", "is not of the form that is known"},
		"null":                 {wikitest.Answer(200, `null`), "502", "its answer has no title"},
		"an empty answer":      {wikitest.Answer(200, ``), "502", "its answer of 0 bytes"},
		"no text":              {wikitest.Answer(200, `{"type":"no-extract","title":"X","extract":""}`), "404", `the page "X" of the Wikipedia in "en" has no text to quote`},
		"too much":             {wikitest.Answer(200, `"`+strings.Repeat("x", wiki.MaxAnswerBytes)+`"`), "502", "its answer is over 1048576 bytes"},
		"a huge summary":       {wikitest.Answer(200, `{"title":"X","extract":"`+strings.Repeat("x", 64<<10)+`"}`), "502", "its summary has 65537 bytes, want at most 65536"},
		"a new form of 404":    {wikitest.Answer(404, string(wikitest.Read("missing-2026.json"))), "404", "there is no article"},
		"another host":         {wikitest.Answer(302, "", "Location", "http://169.254.169.254/latest/"), "502", "refused a redirect: it leads to http://169.254.169.254"},
		"a cut connection":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "502", "asking Wikipedia: EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.FailNext(c.answer, c.answer, c.answer, c.answer)
			r := call(t.Context(), t, w.function(), `{"entity":"Google"}`)
			assert.Equal(t, c.status, r.StatusCode)
			assert.Contains(t, message(t, r), c.message)
		})
	}
}

func TestADeadUpstreamIsABadGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.BaseURL = "http://127.0.0.1:1" })
	r := call(t.Context(), t, w.function(), `{"entity":"Google"}`)
	assert.Equal(t, "502", r.StatusCode)
	assert.Contains(t, message(t, r), "connection refused")
	assert.NotContains(t, message(t, r), "Google", "no address that says nothing new")
}

func TestRedirectsThatGoRoundAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	round := wikitest.Answer(302, "", "Location", "Google")
	w.FailNext(round, round, round, round, round, round, round)
	r := call(t.Context(), t, w.function(), `{"entity":"Google"}`)
	assert.Equal(t, "502", r.StatusCode)
	assert.Contains(t, message(t, r), "refused a redirect: more than 5 of them")
}

func TestACallerIsToldBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *wiki.Options) { o.Now, o.Sleep = nil, nil })
	w.FailNext(hang, hang, hang, hang)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r := call(ctx, t, w.function(), `{"entity":"Google"}`)
	assert.NoError(t, ctx.Err())
	assert.Equal(t, "504", r.StatusCode)
	assert.Contains(t, message(t, r), "deadline exceeded")
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.FailNext(wikitest.Answer(429, "", "Retry-After", "600"))
	r := call(t.Context(), t, w.function(), `{"entity":"Google"}`)
	assert.Equal(t, map[string]string{"Content-type": "application/json", "Retry-after": "600"}, r.Headers)
}

func TestAnswersAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	f := w.function()
	ask := func(entity string) int {
		before := len(w.Seen())
		call(t.Context(), t, f, fmt.Sprintf(`{"entity":%q}`, entity))
		return len(w.Seen()) - before
	}
	assert.Equal(t, 1, ask("Google"))
	assert.Equal(t, 0, ask("Google"))
	assert.Equal(t, 0, ask("Google_"), "the same title")
	assert.Equal(t, 1, ask("Nothing"))
	assert.Equal(t, 0, ask("Nothing"))
	require.NoError(t, w.Sleep(t.Context(), 6*time.Minute))
	assert.Equal(t, 0, ask("Google"))
	assert.Equal(t, 1, ask("Nothing"), "an article may have been written")
	require.NoError(t, w.Sleep(t.Context(), time.Hour))
	assert.Equal(t, 1, ask("Google"))
}

func TestOnlySoManyAnswersAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	f := w.function()
	for n := range 1001 {
		call(t.Context(), t, f, fmt.Sprintf(`{"entity":"Thing %d"}`, n))
	}
	before := len(w.Seen())
	call(t.Context(), t, f, `{"entity":"Thing 1"}`)
	assert.Equal(t, before, len(w.Seen()))
	call(t.Context(), t, f, `{"entity":"Thing 0"}`)
	assert.Equal(t, before+1, len(w.Seen()), "the oldest had to go")
}

func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	f := w.function()
	w.FailNext(wikitest.Answer(403, ""))
	assert.Equal(t, "502", call(t.Context(), t, f, `{"entity":"Google"}`).StatusCode)
	assert.Equal(t, "200", call(t.Context(), t, f, `{"entity":"Google"}`).StatusCode)
}

func FuzzAPayloadIsAnsweredWithAResponse(f *testing.F) {
	for _, payload := range []string{`{"entity":"google"}`, `{"entity":"今泉力哉","lang":"ja"}`, `{"entity":"A/B & C?#","lang":"zh-min-nan"}`, `{"entity":"\u0000"}`, `null`, `{"entity":"..","lang":""}`, "{\"entity\":\"e\u0301\"}"} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		r, err := wiki.ParseRequest([]byte(payload))
		if err != nil {
			bad := (*wiki.RequestError)(nil)
			require.ErrorAs(t, err, &bad)
			return
		}
		again, err := r.Normalized()
		require.NoError(t, err)
		assert.Equal(t, r, again, "normal is normal")
		checkAsked(t, r)
	})
}
