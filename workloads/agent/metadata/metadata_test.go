package metadata

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endpointOf serves one worker's endpoint.
func endpointOf(t *testing.T, now func() time.Time) (*Server, string) {
	t.Helper()
	s := New(now)
	mux := http.NewServeMux()
	s.Register(mux)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return s, srv.URL + s.Add("worker-1")
}

func ask(t *testing.T, method, url string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, nil)
	require.NoError(t, err)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}

func token(t *testing.T, base, seconds string) (int, map[string]string) {
	t.Helper()
	status, body := ask(t, http.MethodPut, base+"/latest/api/token", map[string]string{"X-aws-ec2-metadata-token-ttl-seconds": seconds})
	return status, map[string]string{"X-aws-ec2-metadata-token": body}
}

const actionPath = "/latest/meta-data/spot/instance-action"

func TestTheActionAppearsOnceAnnounced(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, base := endpointOf(t, func() time.Time { return now })
	status, session := token(t, base, "60")
	require.Equal(t, http.StatusOK, status)

	status, _ = ask(t, http.MethodGet, base+actionPath, session)
	assert.Equal(t, http.StatusNotFound, status, "nothing to say yet")

	s.Announce("worker-1", now.Add(2*time.Minute))
	status, body := ask(t, http.MethodGet, base+actionPath, session)
	assert.Equal(t, http.StatusOK, status)
	assert.JSONEq(t, `{"action":"terminate","time":"2026-01-02T03:06:05Z"}`, body)
}

func TestOnlySessionsWithALiveTokenAreAnswered(t *testing.T) {
	t.Parallel()
	now := time.Now()
	_, base := endpointOf(t, func() time.Time { return now })
	status, _ := ask(t, http.MethodGet, base+actionPath, nil)
	assert.Equal(t, http.StatusUnauthorized, status, "IMDSv2 only")

	_, session := token(t, base, "60")
	now = now.Add(61 * time.Second)
	status, _ = ask(t, http.MethodGet, base+actionPath, session)
	assert.Equal(t, http.StatusUnauthorized, status, "the token has expired")

	for _, seconds := range []string{"", "0", "21601", "x"} {
		status, _ = token(t, base, seconds)
		assert.Equal(t, http.StatusBadRequest, status, "time to live %q", seconds)
	}
}

func TestARemovedWorkerHasNoEndpoint(t *testing.T) {
	t.Parallel()
	s, base := endpointOf(t, time.Now)
	assert.True(t, s.Has("worker-1"))
	s.Remove("worker-1")
	assert.False(t, s.Has("worker-1"))
	status, _ := token(t, base, "60")
	assert.Equal(t, http.StatusNotFound, status)
}

func TestTheEndpointTellsWhoTheWorkerIs(t *testing.T) {
	t.Parallel()
	_, base := endpointOf(t, time.Now)
	_, session := token(t, base, "60")
	_, body := ask(t, http.MethodGet, base+"/latest/meta-data/instance-id", session)
	assert.Equal(t, "worker-1", body)
}
