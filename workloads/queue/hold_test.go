package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
)

// The clock of these tests is that of synctest: sleeping takes no time.

const lease = 30 * time.Second

// hold sends and receives one message of a queue that will fail as given, and
// holds it.
func hold(t *testing.T, failures []error) (*queue.Queue, *flaky, queue.Delivery, context.Context, func()) {
	t.Helper()
	d := &flaky{Driver: memory.New(memory.Options{LeaseSeconds: int(lease / time.Second)})}
	q := queue.New(d, queue.Options{Name: "jobs"})
	require.NoError(t, q.Send(t.Context(), queue.Message{Body: []byte("a")}))
	got, err := q.Receive(t.Context(), 1, 0)
	require.NoError(t, err)
	require.Len(t, got, 1)
	d.calls, d.failures = 0, failures
	held, stop := q.Hold(t.Context(), got[0])
	return q, d, got[0], held, stop
}

func TestHoldKeepsTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, d, m, held, stop := hold(t, nil)
		time.Sleep(10*lease + time.Second)
		require.NoError(t, held.Err())
		require.Equal(t, 30, d.count(), "one Extend for each third of the lease")
		stop()
		stop()
		require.Equal(t, context.Canceled, context.Cause(held))
		require.NoError(t, q.Ack(t.Context(), m))
		time.Sleep(lease)
		require.Equal(t, 30, d.count(), "no Extend after stop")
	})
}

func TestHoldGoesOnWhileWorkIsWrappedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(memory.New(memory.Options{LeaseSeconds: 30}), queue.Options{})
		require.NoError(t, q.Send(t.Context(), queue.Message{Body: []byte("a")}))
		got, err := q.Receive(t.Context(), 1, 0)
		require.NoError(t, err)
		ctx, interrupt := context.WithCancel(t.Context())
		held, stop := q.Hold(ctx, got[0])
		interrupt()
		<-held.Done()
		require.Equal(t, context.Canceled, context.Cause(held), "not the lease, the caller")
		time.Sleep(3 * lease)
		stop()
		require.NoError(t, q.Ack(t.Context(), got[0]), "the message must still be held")
	})
}

func TestHoldSurvivesPassingFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, _, m, held, stop := hold(t, []error{errNo, errAway, errSlow})
		time.Sleep(5 * lease)
		require.NoError(t, held.Err())
		stop()
		require.NoError(t, q.Ack(t.Context(), m))
	})
}

func TestHoldEndsWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failures []error
		lose     func(*testing.T, *queue.Queue, queue.Delivery)
		within   time.Duration
	}{
		"another holds the message": {
			lose:   func(t *testing.T, q *queue.Queue, m queue.Delivery) { require.NoError(t, q.Release(t.Context(), m, 0)) },
			within: lease / 3,
		},
		"service away for a whole lease": {failures: forever(errAway), within: lease},
		"denied for a whole lease":       {failures: forever(errNo), within: lease},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				q, _, m, held, stop := hold(t, c.failures)
				defer stop()
				if c.lose != nil {
					c.lose(t, q, m)
				}
				<-held.Done()
				require.Equal(t, queue.ErrLeaseLost, context.Cause(held))
				require.Equal(t, c.within, time.Since(start))
			})
		})
	}
}
