package pubsub

import (
	"bytes"
	"net"
	"net/url"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/queuetest"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		s := serve(t)
		return queuetest.Harness{
			New: func(t *testing.T, settings queuetest.Settings) queuetest.Queues { return newQueues(t, s, settings) },
			Missing: func(t *testing.T) error {
				_, err := open(t.Context(), address{project, "missing", "missing-topic"}, s.places())
				return err
			},
			Advance:              s.advance,
			ShortestLeaseSeconds: 10,
		}
	})
}

// newQueues makes queues as the component declares them: all have a dead-letter
// policy, without which Pub/Sub does not count deliveries. The emulator takes
// fewer deliveries than the 5 of Pub/Sub.
func newQueues(t *testing.T, s *service, settings queuetest.Settings) queuetest.Queues {
	letters := s.declare(t, settings.LeaseSeconds, nil)
	most := int32(100)
	if settings.MaxDeliveries > 0 {
		most = int32(settings.MaxDeliveries)
	}
	work := s.declare(t, settings.LeaseSeconds, func(in *pubsubpb.Subscription) {
		in.DeadLetterPolicy = &pubsubpb.DeadLetterPolicy{DeadLetterTopic: letters.topicPath(), MaxDeliveryAttempts: most}
	})
	q := queuetest.Queues{Driver: s.open(t, work)}
	if settings.DeadLetter {
		q.DeadLetter = s.open(t, letters)
	}
	return q
}

// one receives the single message that is there.
func one(t *testing.T, d *Driver) queue.Delivery {
	t.Helper()
	got, err := d.Receive(t.Context(), 1, 10*time.Second)
	require.NoError(t, err)
	require.Len(t, got, 1)
	return got[0]
}

func send(t *testing.T, d *Driver, bodies ...string) {
	t.Helper()
	var messages []queue.Message
	for _, b := range bodies {
		messages = append(messages, queue.Message{ID: "id of " + b, Body: []byte(b)})
	}
	require.NoError(t, d.Send(t.Context(), messages))
}

func TestCapsAreOfAnyQueue(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := s.open(t, s.declare(t, 90, nil))
	require.Equal(t, 90*time.Second, d.Lease())
	require.Equal(t, queue.Caps{MaxBodyBytes: 262144, MaxBatch: 100, LeaseLostIsSeen: true, StatsLag: 5 * time.Minute, CountsTogether: true}, d.Caps())
}

func TestOpenMissingQueueSaysWhereItLooked(t *testing.T) {
	t.Parallel()
	_, err := open(t.Context(), address{project, "jobs", "jobs-topic"}, serve(t).places())
	require.Equal(t, queue.KindNotFound.String(), queue.KindOf(err).String(), "%v", err)
	require.ErrorContains(t, err, `opening queue "jobs": project acme-grid has no such subscription`)
}

func TestOpenRefusesQueuesThatWouldLoseJobs(t *testing.T) {
	t.Parallel()
	s := serve(t)
	other := s.declare(t, 60, nil)
	for name, c := range map[string]struct {
		address func(*testing.T) address
		want    string
		kind    queue.Kind
	}{
		"another topic": {func(t *testing.T) address {
			a := s.declare(t, 60, nil)
			a.topic = other.topic
			return a
		}, "not from topic \"" + other.topic + "\" of the URL: what is sent would not arrive", queue.KindUnknown},
		"a topic that was deleted": {func(t *testing.T) address {
			a := s.declare(t, 60, nil)
			require.NoError(t, s.owner.publisher.DeleteTopic(t.Context(), &pubsubpb.DeleteTopicRequest{Topic: a.topicPath()}))
			return a
		}, ": its topic was deleted", queue.KindNotFound},
		"a subscription that pushes": {func(t *testing.T) address {
			return s.declare(t, 60, func(in *pubsubpb.Subscription) {
				in.PushConfig = &pubsubpb.PushConfig{PushEndpoint: "https://x.example"}
			})
		}, "delivers elsewhere by itself", queue.KindUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t.Context(), c.address(t), s.places())
			require.ErrorContains(t, err, c.want)
			require.Equal(t, c.kind.String(), queue.KindOf(err).String())
		})
	}
}

// Not parallel: it changes the environment.
func TestOpenThroughQueue(t *testing.T) {
	s := serve(t)
	a := s.declare(t, 90, nil)
	t.Setenv(emulatorVariable, s.Addr)
	q, err := queue.Open(t.Context(), "pubsub://"+project+"/"+a.subscription+"?topic="+a.topic, queue.Openers{"pubsub": Open})
	require.NoError(t, err)
	require.Equal(t, 90*time.Second, q.Lease())
	require.Equal(t, a.subscription, q.Name())
	_, err = q.Stats(t.Context())
	require.ErrorContains(t, err, "an emulator of Pub/Sub does not count messages")
	require.Equal(t, queue.KindUncounted.String(), queue.KindOf(err).String())
	require.NoError(t, q.Close())
}

// Not parallel: it changes the environment.
func TestOpenWithoutCredentialsIsDenied(t *testing.T) {
	t.Setenv(emulatorVariable, "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/missing/credentials.json")
	u, err := url.Parse("pubsub://acme-grid/jobs?topic=jobs-topic")
	require.NoError(t, err)
	_, err = Open(t.Context(), u)
	require.Equal(t, queue.KindDenied.String(), queue.KindOf(err).String(), "%v", err)
	require.ErrorContains(t, err, `opening queue "jobs": no usable Google Cloud credentials`)
}

func TestOpenWithoutServerIsUnavailable(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	_, err = open(t.Context(), address{project, "jobs", "jobs-topic"}, places{emulator: free.Addr().String()})
	require.Equal(t, queue.KindUnavailable.String(), queue.KindOf(err).String(), "%v", err)
}

func TestWithoutADeadLetterPolicyEveryDeliveryIsTheFirst(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := s.open(t, s.declare(t, 60, nil))
	send(t, d, "a")
	for range 2 {
		got := one(t, d)
		assert.Equal(t, 1, got.Number)
		require.NoError(t, d.Release(t.Context(), got.Receipt, 0))
	}
}

func TestOnlyAnEmptyBodyIsMarked(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := s.open(t, s.declare(t, 60, nil))
	send(t, d, "", "a")
	for _, m := range s.Messages() {
		if len(m.Data) == 0 {
			assert.Equal(t, map[string]string{"spotgrid-empty": "true"}, m.Attributes, "Pub/Sub takes no message of nothing")
		} else {
			assert.Empty(t, m.Attributes)
		}
	}
}

func TestABodyOverTheLimitIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := s.open(t, s.declare(t, 60, nil))
	err := d.Send(t.Context(), []queue.Message{{ID: "fits", Body: []byte("a")}, {ID: "elephant", Body: bytes.Repeat([]byte("x"), maxBodyBytes+1)}})
	require.Equal(t, queue.KindTooLarge.String(), d.Kind(err).String())
	require.ErrorContains(t, err, `message "elephant": the body is too large: 262145 bytes, at most 262144`)
	require.Empty(t, s.Messages())
}
