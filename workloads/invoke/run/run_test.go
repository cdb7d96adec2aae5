package run_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/run"
)

func TestWhatCloudRunAnswersInTheFunctionsSteadIsClassifiedAndExplained(t *testing.T) {
	t.Parallel()
	html := http.Header{"Content-Type": {"text/html; charset=UTF-8"}}
	for status, c := range map[int]struct {
		kind invoke.Kind
		want string
	}{
		400: {invoke.KindBadInput, "the service takes no such call: 400 Bad Request (the reason)"},
		401: {invoke.KindDenied, "roles/run.invoker on the service?: 401 Unauthorized"},
		403: {invoke.KindDenied, "roles/run.invoker on the service?: 403 Forbidden"},
		404: {invoke.KindNotFound, "there is no such service any more, or it lets in calls of its project's networks only"},
		413: {invoke.KindTooLarge, "the payload is too large"},
		429: {invoke.KindThrottled, "the function did not run, as many calls as it may take are under way: call again later: 429"},
		500: {invoke.KindUnavailable, "may have done its work: its log says which: 500 Internal Server Error"},
		502: {invoke.KindUnavailable, "502"},
		503: {invoke.KindUnavailable, "503 Service Unavailable (the reason)"},
		504: {invoke.KindUnavailable, "504"},
		204: {invoke.KindUnknown, "calling the service failed: 204 No Content"},
		302: {invoke.KindUnknown, "calling the service failed: 302 Found"},
		418: {invoke.KindUnknown, "calling the service failed: 418"},
	} {
		for name, header := range map[string]http.Header{"a text": nil, "a page": html} {
			var calls atomic.Int64
			d := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "https://elsewhere.example.com/")
				answer(status, header, "the reason\n")(w, r)
			}))
			_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
			assert.Equal(t, c.kind, d.Kind(err), "%d: %v", status, err)
			if name == "a text" {
				assert.ErrorContains(t, err, c.want)
			} else {
				assert.NotContains(t, err.Error(), "the reason", "what is written for people is left out")
			}
			assert.Equal(t, int64(1), calls.Load(), "the function may have run: it is not called again, nor anywhere else")
		}
	}
}

func TestAFunctionsErrorIsToldFromThePlatforms(t *testing.T) {
	t.Parallel()
	header := http.Header{event.ErrorTypeHeader: {"InternalError"}}
	for body, want := range map[string]string{
		`{"error":"internal error"}`:                      `function "f" failed: internal error (InternalError)`,
		`{"error":"internal error","requestId":"0af765"}`: `function "f" failed: internal error, see its log of trace 0af765 (InternalError)`,
		`not JSON`: `function "f" failed: not JSON (InternalError)`,
	} {
		d := serve(t, answer(500, header, body))
		_, err := invoke.New(d, map[string]string{"f": suiteURL}).Invoke(t.Context(), "f", []byte("{}"), time.Minute)
		var failed *invoke.FunctionError
		require.ErrorAs(t, err, &failed)
		assert.EqualError(t, err, want)
	}
	d := serve(t, answer(400, nil, `{"error":"want a POST"}`))
	_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
	assert.ErrorContains(t, err, "400 Bad Request (want a POST)", "it did not run")
}

func TestACallShowsATokenForTheServiceAloneAndAsksForItOnce(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 3)
	d := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		seen <- r
		_, _ = io.WriteString(w, "1")
	}))
	for range 2 {
		a, err := d.Invoke(t.Context(), suiteURL+"/path", []byte(`{"a":1}`))
		require.NoError(t, err)
		assert.Equal(t, invoke.Answer{Body: []byte("1")}, a)
		r := <-seen
		assert.Equal(t, "Bearer "+tokenOf+suiteURL, r.Header.Get("Authorization"), "the audience has no path")
		assert.Equal(t, "POST "+suiteHost+" /path", r.Method+" "+r.Host+" "+r.URL.Path)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		b, _ := io.ReadAll(r.Body)
		assert.Equal(t, `{"a":1}`, string(b))
	}
}

// lazy has no token before the test gives one.
type lazy struct {
	asked atomic.Int64
	give  chan *oauth2.Token
}

func (l *lazy) Token() (*oauth2.Token, error) {
	l.asked.Add(1)
	t := <-l.give
	if t == nil {
		return nil, errors.New("could not find default credentials")
	}
	return t, nil
}

// withTokens is a driver of that source, which counts how often it is asked for.
func withTokens(t *testing.T, l *lazy) *run.Driver {
	t.Helper()
	d, err := run.New(run.Options{Tokens: func(context.Context, string) (oauth2.TokenSource, error) { return l, nil }})
	require.NoError(t, err)
	return d
}

func TestATokenIsKeptWhileItIsGood(t *testing.T) {
	t.Parallel()
	l := &lazy{give: make(chan *oauth2.Token, 1)}
	server := httptest.NewServer(answer(200, nil, "1"))
	defer server.Close()
	d := withTokens(t, l).Through(roundTrip(func(*http.Request) (*http.Response, error) {
		return http.Get(server.URL)
	}))
	l.give <- &oauth2.Token{AccessToken: "t", Expiry: time.Now().Add(time.Hour)}
	for range 3 {
		_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
		require.NoError(t, err)
	}
	assert.Equal(t, int64(1), l.asked.Load())
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWithoutCredentialsTheErrorSaysHowToGetThem(t *testing.T) {
	t.Parallel()
	l := &lazy{give: make(chan *oauth2.Token, 1)}
	l.give <- nil
	d := withTokens(t, l)
	_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
	assert.Equal(t, invoke.KindDenied, d.Kind(err))
	assert.ErrorContains(t, err, "gcloud auth application-default login --impersonate-service-account=ACCOUNT")
	assert.ErrorContains(t, err, "could not find default credentials")
}

func TestACancelledCallDoesNotWaitForItsToken(t *testing.T) {
	t.Parallel()
	l := &lazy{give: make(chan *oauth2.Token)}
	d := withTokens(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := d.Invoke(ctx, suiteURL, []byte("{}"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return l.asked.Load() == 1 }, 5*time.Second, time.Millisecond)
	cancel()
	assert.Equal(t, invoke.KindCanceled, d.Kind(<-ended))
	close(l.give)
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{"refused": errors.New("connection refused"), "a time-out that is not the caller's": context.DeadlineExceeded} {
		d, err := run.New(run.Options{Tokens: tokens})
		require.NoError(t, err)
		d.Through(roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause }))
		_, err = d.Invoke(t.Context(), suiteURL, []byte("{}"))
		assert.Equal(t, invoke.KindUnavailable, d.Kind(err), name)
		assert.ErrorContains(t, err, cause.Error())
		assert.ErrorContains(t, err, "cannot be reached")
	}
	assert.Equal(t, invoke.KindUnknown, (&run.Driver{}).Kind(io.EOF))
}

func TestAnAnswerThatIsCutOffIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	d := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `"half`)
	}))
	_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
	assert.Equal(t, invoke.KindUnavailable, d.Kind(err), "%v", err)
	assert.ErrorContains(t, err, "reading the answer")
	assert.Equal(t, int64(1), calls.Load())
}

func TestAnAnswerIsNotReadForEver(t *testing.T) {
	t.Parallel()
	d := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for chunk := make([]byte, 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	_, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
	assert.ErrorContains(t, err, "reading the answer: it is over 32 MiB")
}

func TestANameThatIsNoURLOfAServiceIsRefused(t *testing.T) {
	t.Parallel()
	d, err := run.New(run.Options{Tokens: func(context.Context, string) (oauth2.TokenSource, error) {
		return nil, errors.New("a token was asked for")
	}})
	require.NoError(t, err)
	for _, name := range []string{"", "quote", "http://" + suiteHost, "https://", "https://user@" + suiteHost, suiteURL + "?a=1", suiteURL + "#a", "://"} {
		_, err := d.Invoke(t.Context(), name, []byte("{}"))
		assert.Equal(t, invoke.KindBadInput, d.Kind(err), name)
		assert.ErrorContains(t, err, "want https://HOST of a service on Cloud Run")
	}
}

func TestAnEndpointOnThisMachineTakesAllCallsAndSeesNoCredentials(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		_, _ = io.WriteString(w, `"here"`)
	}))
	defer server.Close()
	d, err := run.New(run.Options{Endpoint: server.URL, Tokens: func(context.Context, string) (oauth2.TokenSource, error) {
		return nil, errors.New("a token was asked for")
	}})
	require.NoError(t, err)
	a, err := d.Invoke(t.Context(), suiteURL, []byte("{}"))
	require.NoError(t, err)
	assert.Equal(t, `"here"`, string(a.Body))
	r := <-seen
	assert.Equal(t, "Bearer offline", r.Header.Get("Authorization"))
	assert.Equal(t, suiteHost, r.Host, "which function is meant")
}

func TestAnEndpointElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"https://example.com", "http://example.com", "http://localhost:8080", "http://127.0.0.1.example.com", "http://192.168.0.1:80",
		"http://0.0.0.0:80", "http://user@127.0.0.1:80", "http://127.0.0.1:80/path", "http://127.0.0.1:80?a=1", "127.0.0.1:80", "://",
	} {
		_, err := run.New(run.Options{Endpoint: endpoint})
		assert.ErrorContains(t, err, "want a loopback address such as http://127.0.0.1:8080", endpoint)
	}
	_, err := run.New(run.Options{Endpoint: "http://[::1]:8080/"})
	assert.NoError(t, err)
}
