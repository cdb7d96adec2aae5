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
	"google.golang.org/api/option"

	"github.com/spotgrid/spotgrid/workloads/queue"
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

// open opens a queue and closes it when the test ends.
func (s *service) open(t *testing.T, a address) *Driver {
	t.Helper()
	opened, err := open(t.Context(), a, s.Addr)
	require.NoError(t, err)
	d := opened.(*Driver)
	d.now = s.now
	d.pause = func(context.Context, int) error { return nil }
	d.backlog = monitoredBy(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

// monitoredBy is a backlog that a Cloud Monitoring of the test's own counts.
func monitoredBy(t *testing.T, a address, h http.Handler) *monitored {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &monitored{address: a, options: []option.ClientOption{option.WithEndpoint(server.URL), option.WithHTTPClient(server.Client())}}
}

// series is an answer of projects.timeSeries.list, newest count first.
func series(counts ...int) map[string]any {
	points := []map[string]any{}
	for _, n := range counts {
		points = append(points, map[string]any{"value": map[string]string{"int64Value": fmt.Sprint(n)}})
	}
	return map[string]any{"timeSeries": []map[string]any{{"points": points}}}
}

// counting tells leased messages from those that are ready, by what goes
// through it: the suite wants both, where Cloud Monitoring, and the driver with
// it, counts them together.
type counting struct {
	queue.Driver
	mu     sync.Mutex
	leased int
}

func (c *counting) lease(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leased += n
}

func (c *counting) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	got, err := c.Driver.Receive(ctx, max, wait)
	c.lease(len(got))
	return got, err
}

func (c *counting) Ack(ctx context.Context, r queue.Receipt) error {
	err := c.Driver.Ack(ctx, r)
	if err == nil {
		c.lease(-1)
	}
	return err
}

func (c *counting) Stats(ctx context.Context) (queue.Stats, error) {
	s, err := c.Driver.Stats(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	return queue.Stats{Ready: s.Ready - c.leased, Leased: c.leased}, err
}
