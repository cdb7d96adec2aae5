package pubsub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

const project = "acme-grid"

// service is a Pub/Sub of the test's own, on a clock of its own.
type service struct {
	*pstest.Server
	owner *clients // whoever declares queues

	mu     sync.Mutex
	ahead  time.Duration
	queues int
}

// serve starts a service. What it answers differently is up to the options.
func serve(t *testing.T, options ...pstest.ServerReactorOption) *service {
	t.Helper()
	s := &service{Server: pstest.NewServer(options...)}
	s.SetTimeNowFunc(s.now)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	var err error
	s.owner, err = connect(t.Context(), s.Addr)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.owner.close()) })
	return s
}

func (s *service) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.ahead)
}

func (s *service) advance(_ *testing.T, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// declare makes a topic and a subscription; change may be nil.
func (s *service) declare(t *testing.T, leaseSeconds int, change func(*pubsubpb.Subscription)) address {
	t.Helper()
	s.mu.Lock()
	s.queues++
	name := fmt.Sprintf("queue-%d", s.queues)
	s.mu.Unlock()
	a := address{project: project, subscription: name, topic: name + "-topic"}
	_, err := s.owner.publisher.CreateTopic(t.Context(), &pubsubpb.Topic{Name: a.topicPath()})
	require.NoError(t, err)
	in := &pubsubpb.Subscription{Name: a.subscriptionPath(), Topic: a.topicPath(), AckDeadlineSeconds: int32(leaseSeconds)}
	if change != nil {
		change(in)
	}
	_, err = s.owner.subscriber.CreateSubscription(t.Context(), in)
	require.NoError(t, err)
	return a
}

func (s *service) places() places { return places{emulator: s.Addr} }

// open opens a queue and closes it when the test ends.
func (s *service) open(t *testing.T, a address) *Driver {
	t.Helper()
	opened, err := open(t.Context(), a, s.places())
	require.NoError(t, err)
	d := opened.(*Driver)
	d.now = s.now
	d.pause = func(context.Context, int) error { return nil }
	d.counter = monitoredBy(t, a, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(series(s.unacknowledged(a))) // the client notices
	}))
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// unacknowledged is what Cloud Monitoring would count.
func (s *service) unacknowledged(a address) int {
	n := 0
	for _, m := range s.Messages() {
		if m.Topic == a.topicPath() && m.Acks == 0 {
			n++
		}
	}
	return n
}

// monitoredBy is a counter that a Cloud Monitoring of the test's own counts for.
func monitoredBy(t *testing.T, a address, h http.Handler) *monitored {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"})
	return &monitored{address: a, now: time.Now, options: rest.Options{Base: server.URL + "/v3", Tokens: tokens, HTTP: server.Client()}}
}

// noon is when the newest counts of tests are from.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// series is an answer of projects.timeSeries.list: the newest count, the one a
// minute before, and so on.
func series(counts ...int) map[string]any {
	points := []map[string]any{}
	for i, n := range counts {
		at := noon.Add(-time.Duration(i) * time.Minute)
		points = append(points, map[string]any{"interval": map[string]any{"endTime": at}, "value": map[string]string{"int64Value": fmt.Sprint(n)}})
	}
	return map[string]any{"timeSeries": []map[string]any{{"points": points}}}
}
