package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

var tokens = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "secret"})

// serve makes a client of a server that answers so.
func serve(t *testing.T, answer http.HandlerFunc) *rest.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := rest.New(rest.Options{Base: server.URL + "/v1/", Tokens: tokens})
	require.NoError(t, err)
	return c
}

func TestACallIsSentAndItsAnswerRead(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, `{"seen":%q}`, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header.Get("Authorization"), " ", r.Header.Get("Content-Type"), " ", string(body)))
	})
	var out struct{ Seen string }
	require.NoError(t, c.Do(t.Context(), rest.Call{Method: "POST", Path: "a/b", Query: url.Values{"q": {"x y"}}, In: map[string]int{"n": 1}, Out: &out}))
	assert.Equal(t, `POST /v1/a/b?q=x+y Bearer secret application/json {"n":1}`, out.Seen)
	require.NoError(t, c.Do(t.Context(), rest.Call{Method: "GET", Path: "a", Out: &out}))
	assert.Equal(t, "GET /v1/a Bearer secret  ", out.Seen)
}

func TestRefusalsAreClassified(t *testing.T) {
	t.Parallel()
	reason := func(r string) string {
		return `{"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"reason":"` + r + `"}]}}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		class  rest.Class
		text   string
	}{
		"throttled":        {403, reason("rateLimitExceeded"), rest.Throttled, "Google Cloud answered 403 rateLimitExceeded: Rate Limit Exceeded"},
		"forbidden":        {403, reason("forbidden"), rest.NoAccess, "Google Cloud answered 403 forbidden: Rate Limit Exceeded"},
		"a newer service":  {429, `{"error":{"status":"RESOURCE_EXHAUSTED","message":"slow down"}}`, rest.Throttled, "Google Cloud answered 429 RESOURCE_EXHAUSTED: slow down"},
		"no login":         {401, `{"error":{"status":"UNAUTHENTICATED"}}`, rest.NoAccess, "Google Cloud answered 401 UNAUTHENTICATED: no reason given"},
		"not there":        {404, reason("notFound"), rest.NotFound, "notFound"},
		"being changed":    {400, reason("resourceNotReady"), rest.Throttled, "resourceNotReady"},
		"invalid":          {400, reason("invalid"), rest.Unknown, "invalid"},
		"a proxy's 502":    {502, "<html>secret page</html>", rest.Unavailable, "Google Cloud answered 502: the answer is not one of the API"},
		"a redirect":       {302, "", rest.Unknown, "Google Cloud answered 302"},
		"a long message":   {500, `{"error":{"message":"` + strings.Repeat("x", 9000) + `"}}`, rest.Unavailable, "xxx…"},
		"an answer unread": {200, "<html>", rest.Unknown, "the answer is not the JSON that it should be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			var out struct{}
			err := client.Do(t.Context(), rest.Call{Method: "GET", Path: "a", Out: &out})
			require.ErrorContains(t, err, c.text)
			assert.Equal(t, c.class, rest.ClassOf(fmt.Errorf("calling: %w", err)))
			assert.NotContains(t, err.Error(), "secret")
			assert.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestOtherErrorsAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		class rest.Class
	}{
		"no credentials":   {fmt.Errorf("%w (%w)", rest.ErrNoCredentials, context.DeadlineExceeded), rest.NoAccess},
		"no connection":    {&url.Error{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, rest.Unavailable},
		"a cut-off answer": {io.ErrUnexpectedEOF, rest.Unavailable},
		"a closed line":    {&url.Error{Err: io.EOF}, rest.Unavailable},
		"a cancelled call": {context.Canceled, rest.Canceled},
		"a failed change":  {&rest.Error{Reason: "RESOURCE_NOT_READY"}, rest.Throttled},
		"anything else":    {errors.New("odd"), rest.Unknown},
	} {
		assert.Equal(t, c.class, rest.ClassOf(c.err), name)
	}
	assert.EqualError(t, &rest.Error{Reason: "QUOTA", Message: "too many"}, "Google Cloud failed with QUOTA: too many")
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func (silent) Token() (*oauth2.Token, error) { select {} }

func TestNobodyIsWaitedForForEver(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]rest.Options{
		"the service": {Base: "https://x/v1", Tokens: tokens, HTTP: &http.Client{Transport: silent{}}},
		"the caller":  {Base: "https://x/v1", Tokens: tokens, HTTP: &http.Client{Transport: silent{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, err := rest.New(o)
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				wanted, want := 10*time.Second, rest.Unavailable
				if name == "the caller" {
					time.AfterFunc(time.Second, cancel)
					wanted, want = time.Second, rest.Canceled
				}
				start := time.Now()
				err = c.Do(ctx, rest.Call{Method: "GET", Path: "a"})
				assert.Equal(t, want, rest.ClassOf(err), "%v", err)
				assert.Equal(t, wanted, time.Since(start))
				cancel()
			})
		})
	}
}

func TestATokenIsNotWaitedForBeyondTheCall(t *testing.T) {
	t.Parallel()
	c, err := rest.New(rest.Options{Base: "https://x/v1", Tokens: silent{}})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, c.Do(ctx, rest.Call{Method: "GET", Path: "a"}), context.DeadlineExceeded)
}

func TestAddressesThatWouldGiveTheTokenAwayAreRefused(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"http://example.com/v1":        "want https (http for this machine alone)",
		"http://127.0.0.1.example.com": "want https (http for this machine alone)",
		"ftp://127.0.0.1/v1":           "want https",
		"https://me:secret@x/v1":       "malformed",
		"https://x/v1?key=secret":      "malformed",
		"x":                            "malformed",
		"https://%zz":                  "malformed",
	} {
		_, err := rest.New(rest.Options{Base: base})
		require.ErrorContains(t, err, want, base)
		assert.NotContains(t, err.Error(), "secret")
	}
	for _, base := range []string{"https://x/v1", "http://127.0.0.1:80/v1", "http://localhost/v1", "http://[::1]:80"} {
		_, err := rest.New(rest.Options{Base: base})
		assert.NoError(t, err, base)
	}
}
