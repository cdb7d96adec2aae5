package pubsub

import (
	"bytes"
	"context"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// openSender opens the queue of a topic to send only.
func openSender(t *testing.T, s *service, topic string) queue.Driver {
	t.Helper()
	d, err := open(t.Context(), address{project: project, topic: topic}, s.places())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// pushed declares a queue whose messages Pub/Sub pushes.
func pushed(t *testing.T, s *service) address {
	t.Helper()
	return s.declare(t, 60, func(in *pubsubpb.Subscription) {
		in.PushConfig = &pubsubpb.PushConfig{PushEndpoint: "http://127.0.0.1:1"} // nobody is there
	})
}

func TestAQueueThatPushesCanBeSentTo(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := openSender(t, s, pushed(t, s).topic)
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("one")}, {ID: "b", Body: []byte("two")}}))
	var bodies []string
	for _, m := range s.Messages() {
		bodies = append(bodies, string(m.Data))
	}
	require.ElementsMatch(t, []string{"one", "two"}, bodies)
	require.Equal(t, queue.Caps{MaxBodyBytes: 262144, MaxBatch: 100, SendOnly: true}, d.Caps())
	require.Zero(t, d.Lease())
}

// sendOnly are the calls that such a queue refuses.
func sendOnly(ctx context.Context, d queue.Driver) map[string]error {
	_, receive := d.Receive(ctx, 1, time.Minute)
	_, stats := d.Stats(ctx)
	return map[string]error{
		"receive": receive, "stats": stats,
		"extend": d.Extend(ctx, &receipt{}), "ack": d.Ack(ctx, &receipt{}), "release": d.Release(ctx, &receipt{}, 0),
	}
}

func TestAllElseOfAQueueToSendToIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t)
	d := openSender(t, s, pushed(t, s).topic)
	for name, err := range sendOnly(t.Context(), d) {
		require.Equal(t, queue.KindUnsupported.String(), d.Kind(err).String(), name)
		require.ErrorContains(t, err, "the queue's URL names no subscription, so it can only be sent to", name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range sendOnly(ctx, d) {
		require.Equal(t, queue.KindCanceled.String(), d.Kind(err).String(), name)
	}
	require.NoError(t, d.Close())
	for name, err := range sendOnly(t.Context(), d) {
		require.Equal(t, queue.KindClosed.String(), d.Kind(err).String(), name)
	}
	require.Equal(t, queue.KindClosed, d.Kind(d.Send(t.Context(), []queue.Message{{ID: "a"}})))
}

func TestSendingToATopicThatIsNotThereOrNotOpenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	missing := openSender(t, serve(t), "missing-topic")
	err := missing.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}})
	require.Equal(t, queue.KindNotFound.String(), missing.Kind(err).String(), "%v", err)
	require.ErrorContains(t, err, "project acme-grid has no such topic")

	s := serve(t, pstest.ServerReactorOption{FuncName: "Publish", Reactor: &failing{errs: []error{status.Error(codes.PermissionDenied, "no")}}})
	denied := openSender(t, s, pushed(t, s).topic)
	err = denied.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}})
	require.Equal(t, queue.KindDenied.String(), denied.Kind(err).String(), "%v", err)
	require.ErrorContains(t, err, "may these credentials pubsub.topics.publish on it?")

	err = denied.Send(t.Context(), []queue.Message{{ID: "elephant", Body: bytes.Repeat([]byte("x"), maxBodyBytes+1)}})
	require.Equal(t, queue.KindTooLarge, denied.Kind(err))
}

// Not parallel: it changes the environment.
func TestErrorsCallAQueueToSendToByItsTopic(t *testing.T) {
	s := serve(t)
	t.Setenv(emulatorVariable, s.Addr)
	q, err := queue.Open(t.Context(), "pubsub://"+project+"?topic=quote-calls", queue.Openers{"pubsub": Open})
	require.NoError(t, err)
	_, err = q.Stats(t.Context())
	require.ErrorContains(t, err, `counting the messages of queue "quote-calls": the queue's URL names no subscription`)
	require.Equal(t, queue.KindUnsupported, queue.KindOf(err))
	require.NoError(t, q.Close())
}
