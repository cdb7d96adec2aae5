package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

func TestARawCallIsSentAsItIsAndItsAnswerLeftToTheCaller(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", fmt.Sprint(r.Method, " ", r.URL.EscapedPath(), "?", r.URL.RawQuery, " ", r.Header.Get("Authorization"), " ", r.Header.Get("Range"), " ", r.ContentLength))
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, "<", string(body), ">")
	})
	answer, err := c.Send(t.Context(), rest.Raw{
		Method: "POST", Path: "o/a%2Fb", Query: url.Values{"q": {"x"}}, Header: http.Header{"range": {"bytes=1-"}},
		Body: io.MultiReader(strings.NewReader("no "), strings.NewReader("JSON")), BodyBytes: 7,
	})
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, "POST /v1/o/a%2Fb?q=x Bearer secret bytes=1- 7", answer.Header.Get("X-Seen"))
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, "<no JSON>", string(body))
}

func TestARawCallThatIsRefusedFailsWithTheReason(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"error":{"message":"slow down","errors":[{"reason":"rateLimitExceeded"}]}}`)
	})
	_, err := c.Send(t.Context(), rest.Raw{Method: "GET", Path: "o"})
	require.EqualError(t, err, "Google Cloud answered 429 rateLimitExceeded: slow down")
	assert.Equal(t, rest.Throttled, rest.ClassOf(err))
}
