package sqs_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/queuetest"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	queuetest.Run(t, func(*testing.T) queuetest.Harness {
		return queuetest.Harness{
			New: newQueues,
			Missing: func(t *testing.T) error {
				_, err := sqs.Open(t.Context(), queueURL(t, "missing"))
				return err
			},
			// A real service needs real time.
			Advance: func(_ *testing.T, d time.Duration) { time.Sleep(d) },
			// SQS can do 1 s; moto may take as long to answer.
			ShortestLeaseSeconds: 3,
		}
	})
}

func newQueues(t *testing.T, s queuetest.Settings) queuetest.Queues {
	attributes := map[string]string{"VisibilityTimeout": strconv.Itoa(s.LeaseSeconds)}
	if !s.DeadLetter {
		return queuetest.Queues{Driver: open(t, declare(t, attributes))}
	}
	letters := declare(t, attributes)
	attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn": %q, "maxReceiveCount": %d}`, arn(letters), s.MaxDeliveries)
	return queuetest.Queues{
		Driver:     open(t, declare(t, attributes)),
		DeadLetter: recounted{open(t, letters), s.MaxDeliveries},
	}
}

// recounted takes the deliveries in the queue a dead letter comes from off its
// Number: the suite wants a new count in the dead-letter queue, where SQS, and
// moto with it, goes on counting.
type recounted struct {
	queue.Driver
	before int
}

func (r recounted) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Delivery, error) {
	got, err := r.Driver.Receive(ctx, max, wait)
	for i := range got {
		got[i].Number -= r.before
	}
	return got, err
}

func TestOpenMissingQueueSaysWhereItLooked(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	_, err := sqs.Open(t.Context(), queueURL(t, "jobs"))
	require.Equal(t, queue.KindNotFound.String(), queue.KindOf(err).String(), "%v", err)
	require.ErrorContains(t, err, `opening queue "jobs": account 123456789012 has no such queue in eu-central-1`)
}

func TestOpenThroughQueue(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	u := declare(t, map[string]string{"VisibilityTimeout": "90"})
	q, err := queue.Open(t.Context(), u.String(), queue.Openers{"sqs": sqs.Open})
	require.NoError(t, err)
	require.Equal(t, 90*time.Second, q.Lease())
	require.Equal(t, queue.Caps{MaxBodyBytes: 196584, MaxBatch: 100, LeaseLostIsSeen: true, StatsLag: time.Minute}, q.Caps())
	require.NoError(t, q.Close())
}

func TestQueueWithSmallerMessagesLimitsBodies(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	d := open(t, declare(t, map[string]string{"MaximumMessageSize": "1024"}))
	most := d.Caps().MaxBodyBytes
	require.Equal(t, 744, most)
	body := make([]byte, most)
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "a", Body: body}}))
	got, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, body, got[0].Body)
}

func TestQueueWithoutVisibilityTimeoutIsRefused(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	_, err := sqs.Open(t.Context(), declare(t, map[string]string{"VisibilityTimeout": "0"}))
	require.ErrorContains(t, err, "its visibility timeout is 0 s")
}

func TestRemovedQueueIsNotFound(t *testing.T) {
	t.Parallel()
	mototest.Need(t)
	var d queue.Driver
	t.Run("removed when this ends", func(t *testing.T) {
		var err error
		d, err = sqs.Open(t.Context(), declare(t, nil))
		require.NoError(t, err)
	})
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	_, err := d.Receive(t.Context(), 1, 0)
	require.Equal(t, queue.KindNotFound.String(), d.Kind(err).String(), "%v", err)
	err = d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}})
	require.Equal(t, queue.KindNotFound.String(), d.Kind(err).String(), "%v", err)
}

// Not parallel: it changes the environment.
func TestOpenWithoutCredentialsIsDenied(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := sqs.Open(t.Context(), queueURL(t, "jobs"))
	require.Equal(t, queue.KindDenied.String(), queue.KindOf(err).String(), "%v", err)
	require.ErrorContains(t, err, "no AWS credentials: set AWS_PROFILE or")
}

// Not parallel: it changes the environment.
func TestOpenWithoutServerIsUnavailable(t *testing.T) {
	port, err := mototest.FreePort()
	require.NoError(t, err)
	address := fmt.Sprint("127.0.0.1:", port)
	t.Setenv("AWS_ENDPOINT_URL_SQS", "http://"+address)
	_, err = sqs.Open(t.Context(), queueURL(t, "jobs"))
	require.Equal(t, queue.KindUnavailable.String(), queue.KindOf(err).String(), "%v", err)
	require.ErrorContains(t, err, address)
}
