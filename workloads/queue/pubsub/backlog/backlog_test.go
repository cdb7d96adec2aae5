package backlog_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/queue/pubsub/backlog"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tokens = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"})
)

// serve makes a client of a Cloud Monitoring that answers so.
func serve(t *testing.T, answer http.HandlerFunc) *backlog.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := backlog.New(rest.Options{Base: server.URL + "/v3", Tokens: tokens})
	require.NoError(t, err)
	return c
}

func TestCountsAreThoseOfTheSubscriptionAndTheTime(t *testing.T) {
	t.Parallel()
	asked := make(chan *url.URL, 1)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL
		fmt.Fprint(w, `{"timeSeries":[{"points":[{"interval":{"endTime":"2026-03-01T11:59:00Z"},"value":{"int64Value":"7"}},
			{"interval":{"endTime":"2026-03-01T11:58:00Z"},"value":{"int64Value":"0"}}]}]}`)
	})
	got, err := c.Counts(t.Context(), "acme-grid", "jobs", noon.Add(-backlog.Lag), noon)
	require.NoError(t, err)
	assert.Equal(t, []backlog.Count{{At: noon.Add(-time.Minute), Messages: 7}, {At: noon.Add(-2 * time.Minute)}}, got)
	u := <-asked
	assert.Equal(t, "/v3/projects/acme-grid/timeSeries", u.Path)
	assert.Equal(t, url.Values{
		"filter":             {`metric.type = "pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "jobs"`},
		"interval.startTime": {"2026-03-01T11:55:00Z"}, "interval.endTime": {"2026-03-01T12:00:00Z"}, "fields": {"timeSeries.points"},
	}, u.Query())
}

func TestWhatIsNoCountIsNone(t *testing.T) {
	t.Parallel()
	const point = `{"interval":{"endTime":"2026-03-01T12:00:00Z"},"value":%s}`
	series := func(value string) string { return `{"timeSeries":[{"points":[` + fmt.Sprintf(point, value) + `]}]}` }
	for name, c := range map[string]struct{ answer, want string }{
		"nobody counted":    {`{}`, ""},
		"a series of none":  {`{"timeSeries":[{}]}`, ""},
		"a fraction":        {series(`{"doubleValue":1.5}`), "a count is no whole number from 0"},
		"below zero":        {series(`{"int64Value":"-1"}`), "a count is no whole number from 0"},
		"a word":            {series(`{"int64Value":"many"}`), "the answer is not the JSON that it should be"},
		"two subscriptions": {`{"timeSeries":[{},{}]}`, "there are 2 series of counts for one subscription, want one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.answer) })
			got, err := client.Counts(t.Context(), "acme-grid", "jobs", noon, noon)
			assert.Empty(t, got)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// Not parallel: it changes the environment.
func TestTheEnvironmentSaysWhereCallsGo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"timeSeries":[{"points":[{"interval":{"endTime":"2026-03-01T12:00:00Z"},"value":{"int64Value":"3"}}]}]}`)
	}))
	defer server.Close()
	t.Setenv(backlog.Variable, server.URL)
	c, err := backlog.New(rest.Options{Tokens: tokens})
	require.NoError(t, err)
	got, err := c.Counts(t.Context(), "acme-grid", "jobs", noon, noon)
	require.NoError(t, err)
	assert.Equal(t, []backlog.Count{{At: noon, Messages: 3}}, got)

	t.Setenv(backlog.Variable, "http://monitoring.example.com/v3")
	_, err = backlog.New(rest.Options{Tokens: tokens})
	require.ErrorContains(t, err, backlog.Variable+": address of the API is http://monitoring.example.com, want https")
}
