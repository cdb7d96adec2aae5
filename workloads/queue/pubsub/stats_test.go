package pubsub

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// counted is a driver whose counts come from a Cloud Monitoring that answers so.
func counted(t *testing.T, answer http.HandlerFunc) *Driver {
	t.Helper()
	a := address{"acme-grid", "jobs", "jobs-topic"}
	d := newDriver(nil, a)
	d.counter = monitoredBy(t, a, answer)
	return d
}

func TestStatsAreTheNewestCountOfTheSubscription(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	d := counted(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		answer := series(7, 300)
		points := answer["timeSeries"].([]map[string]any)[0]["points"].([]map[string]any)
		points[0], points[1] = points[1], points[0] // the order says nothing
		_ = json.NewEncoder(w).Encode(answer)       // the client notices
	})
	got, err := d.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, queue.Stats{Ready: 7}, got)
	r := <-asked
	assert.Equal(t, "/v3/projects/acme-grid/timeSeries", r.URL.Path)
	in := r.URL.Query()
	assert.Equal(t, `metric.type = "pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "jobs"`, in.Get("filter"))
	from, err := time.Parse(time.RFC3339, in.Get("interval.startTime"))
	require.NoError(t, err)
	until, err := time.Parse(time.RFC3339, in.Get("interval.endTime"))
	require.NoError(t, err)
	assert.Equal(t, 5*time.Minute, until.Sub(from))
	assert.WithinDuration(t, time.Now(), until, time.Minute)
}

func TestStatsThatThereAreNone(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // the client notices
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   queue.Kind
		want   string
	}{
		"not counted yet": {answer(200, `{}`), queue.KindUncounted, "no count of the queue from the last minutes is in Cloud Monitoring"},
		"no points":       {answer(200, `{"timeSeries": [{}]}`), queue.KindUncounted, "no count of the queue from the last minutes is in Cloud Monitoring"},
		"no number":       {answer(200, `{"timeSeries": [{"points": [{"value": {"stringValue": "x"}}]}]}`), queue.KindUnknown, "a count is no whole number from 0"},
		"denied":          {answer(403, `{"error": {"code": 403, "message": "no"}}`), queue.KindDenied, "do these credentials have roles/monitoring.viewer in project acme-grid?"},
		"away":            {answer(503, `{}`), queue.KindUnavailable, "reading the backlog from Cloud Monitoring"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := counted(t, c.answer)
			_, err := d.Stats(t.Context())
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.kind.String(), d.Kind(err).String())
		})
	}
}
