package pubsub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/pubsub/backlog"
)

// counter counts the messages of a queue that were not acknowledged.
type counter interface {
	unacknowledged(ctx context.Context) (int, error)
}

// Stats are what Cloud Monitoring counted last, backlog.Lag ago at most, with
// leased messages among Ready: Leased is always 0. KindUncounted: it has not
// counted lately, as in the first minutes of a queue; an emulator never does.
func (d *Driver) Stats(ctx context.Context) (queue.Stats, error) {
	var n int
	err := d.call(ctx, answerTimeout, func(ctx context.Context) (err error) {
		n, err = d.counter.unacknowledged(ctx)
		return err
	})
	if kindOf(err) == queue.KindDenied && !errors.Is(err, rest.ErrNoCredentials) {
		err = fmt.Errorf("not allowed to ask Cloud Monitoring; do these credentials have roles/monitoring.viewer in project %s? %w", d.address.project, err)
	}
	return queue.Stats{Ready: n}, err
}

// uncounted is the counter of an emulator.
type uncounted struct{}

func (uncounted) unacknowledged(context.Context) (int, error) { return 0, errEmulator }

// monitored asks Cloud Monitoring. It gets a client with the first count:
// workers never ask for one.
type monitored struct {
	address address
	options rest.Options
	now     func() time.Time

	mu     sync.Mutex
	client *backlog.Client
}

func (m *monitored) unacknowledged(ctx context.Context) (int, error) {
	client, err := m.connect()
	if err != nil {
		return 0, err
	}
	now := m.now()
	counts, err := client.Counts(ctx, m.address.project, m.address.subscription, now.Add(-backlog.Lag), now)
	if err != nil {
		return 0, fmt.Errorf("reading the backlog from Cloud Monitoring: %w", err)
	}
	if len(counts) == 0 {
		return 0, errNotCounted
	}
	return slices.MaxFunc(counts, func(a, b backlog.Count) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) }).Messages, nil
}

func (m *monitored) connect() (*backlog.Client, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.client != nil {
		return m.client, nil
	}
	client, err := backlog.New(m.options)
	if err != nil {
		return nil, err
	}
	m.client = client
	return client, nil
}
