package pubsub

import (
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// hidings are the ack deadlines that the service was told.
type hidings chan int32

func (h hidings) React(in any) (handled bool, ret any, err error) {
	h <- in.(*pubsubpb.ModifyAckDeadlineRequest).AckDeadlineSeconds
	return false, nil, nil
}

func TestReleaseDelayIsWhatPubSubTakes(t *testing.T) {
	t.Parallel()
	h := make(hidings, 1)
	s := serve(t, pstest.ServerReactorOption{FuncName: "ModifyAckDeadline", Reactor: h})
	for delay, want := range map[time.Duration]int32{
		0: 0, -time.Second: 0, time.Nanosecond: 1, 2 * time.Second: 2, 2100 * time.Millisecond: 3, 10 * time.Minute: 600, time.Hour: 600,
	} {
		d := s.open(t, s.declare(t, 60, nil))
		send(t, d, "a")
		require.NoError(t, d.Release(t.Context(), one(t, d).Receipt, delay))
		require.Equal(t, want, <-h, delay)
	}
}

func TestExtendReachesOneLeaseFar(t *testing.T) {
	t.Parallel()
	h := make(hidings, 1)
	s := serve(t, pstest.ServerReactorOption{FuncName: "ModifyAckDeadline", Reactor: h})
	d := s.open(t, s.declare(t, 600, nil))
	send(t, d, "a")
	held := one(t, d)
	s.advance(t, 599*time.Second)
	require.NoError(t, d.Extend(t.Context(), held.Receipt))
	require.EqualValues(t, 600, <-h)
	s.advance(t, 599*time.Second)
	require.NoError(t, d.Ack(t.Context(), held.Receipt))
}

// slow lets time pass before the service answers.
type slow struct{ pass func() }

func (s slow) React(any) (handled bool, ret any, err error) {
	s.pass()
	return false, nil, nil
}

func TestAnswerAfterTheLeaseDoesNotExtendIt(t *testing.T) {
	t.Parallel()
	var s *service
	s = serve(t, pstest.ServerReactorOption{FuncName: "ModifyAckDeadline", Reactor: slow{func() { s.advance(t, time.Minute) }}})
	d := s.open(t, s.declare(t, 60, nil))
	send(t, d, "a")
	held := one(t, d)
	require.ErrorIs(t, d.Extend(t.Context(), held.Receipt), leaseclock.ErrLost)
	require.Equal(t, queue.KindLeaseLost, d.Kind(d.Ack(t.Context(), held.Receipt)))
}

func TestExactlyOnceDeliverySeesALeaseThatPubSubEnded(t *testing.T) {
	t.Parallel()
	lost, later := exactlyOnce(t, "PERMANENT_FAILURE_INVALID_ACK_ID"), exactlyOnce(t, "TRANSIENT_FAILURE_OTHER")
	d, _, _ := failingQueue(t, "Acknowledge", later, lost)
	send(t, d, "a")
	held := one(t, d)
	require.Equal(t, queue.KindUnavailable.String(), d.Kind(d.Ack(t.Context(), held.Receipt)).String(), "trying again may help")
	require.Equal(t, queue.KindLeaseLost.String(), d.Kind(d.Ack(t.Context(), held.Receipt)).String())
	d, _, _ = failingQueue(t, "ModifyAckDeadline", lost)
	send(t, d, "a")
	require.Equal(t, queue.KindLeaseLost.String(), d.Kind(d.Extend(t.Context(), one(t, d).Receipt)).String())
}

func TestReceiptsOfOtherDriversAreRefused(t *testing.T) {
	t.Parallel()
	d := newDriver(nil, address{})
	require.ErrorIs(t, d.Extend(t.Context(), "x"), errReceipt)
	require.ErrorIs(t, d.Ack(t.Context(), "x"), errReceipt)
	require.ErrorIs(t, d.Release(t.Context(), "x", 0), errReceipt)
}
