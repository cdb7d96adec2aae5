package pubsub

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/api/monitoring/v3"
	"google.golang.org/api/option"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

const (
	// backlogMetric counts the messages of a subscription that were not
	// acknowledged, leased ones among them (Google Cloud metrics, pubsub).
	// There is no metric of those that are leased from a pulled subscription.
	backlogMetric = "pubsub.googleapis.com/subscription/num_undelivered_messages"
	// backlogWindow is how far back a count is looked for: Monitoring counts
	// once a minute, and shows it some minutes later.
	backlogWindow = 10 * time.Minute
)

// backlog counts the messages of a queue that were not acknowledged.
type backlog interface {
	unacknowledged(ctx context.Context) (int, error)
}

// Stats are what Cloud Monitoring counts, some minutes ago, with leased
// messages among Ready: Leased is always 0. For the first minutes of a queue it
// fails.
func (d *Driver) Stats(ctx context.Context) (queue.Stats, error) {
	var n int
	err := d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		n, err = d.backlog.unacknowledged(ctx)
		return err
	})
	if kindOf(err) == queue.KindDenied {
		err = fmt.Errorf("not allowed to ask Cloud Monitoring; do these credentials have roles/monitoring.viewer in project %s? %w", d.address.project, err)
	}
	return queue.Stats{Ready: n}, err
}

// uncounted is the backlog of an emulator.
type uncounted struct{}

func (uncounted) unacknowledged(context.Context) (int, error) { return 0, errEmulator }

// monitored reads Cloud Monitoring, to which it connects with the first count:
// workers never ask for one.
type monitored struct {
	address address
	options []option.ClientOption

	mu      sync.Mutex
	service *monitoring.Service
}

func (m *monitored) unacknowledged(ctx context.Context) (int, error) {
	service, err := m.connect(ctx)
	if err != nil {
		return 0, err
	}
	now := time.Now().UTC()
	out, err := service.Projects.TimeSeries.List("projects/" + m.address.project).
		Filter(fmt.Sprintf("metric.type = %q AND resource.labels.subscription_id = %q", backlogMetric, m.address.subscription)).
		IntervalStartTime(now.Add(-backlogWindow).Format(time.RFC3339)).IntervalEndTime(now.Format(time.RFC3339)).
		Context(ctx).Do()
	if err != nil {
		return 0, fmt.Errorf("reading the backlog from Cloud Monitoring: %w", err)
	}
	return newest(out)
}

func (m *monitored) connect(ctx context.Context) (*monitoring.Service, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.service != nil {
		return m.service, nil
	}
	// The client outlives this call.
	options := append([]option.ClientOption{option.WithScopes(monitoring.MonitoringReadScope)}, m.options...)
	service, err := monitoring.NewService(context.WithoutCancel(ctx), options...)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	m.service = service
	return service, nil
}

// newest is the last count. There is one series for a subscription, whose
// points come with the newest first (API reference, TimeSeries).
func newest(out *monitoring.ListTimeSeriesResponse) (int, error) {
	if len(out.TimeSeries) == 0 || len(out.TimeSeries[0].Points) == 0 {
		return 0, errNotCounted
	}
	value := out.TimeSeries[0].Points[0].Value
	if value == nil || value.Int64Value == nil {
		return 0, fmt.Errorf("reading the backlog from Cloud Monitoring: its count is no whole number")
	}
	return int(*value.Int64Value), nil
}
