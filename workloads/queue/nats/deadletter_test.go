package nats_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
)

var poisoned = nats.Spec{Name: "jobs", LeaseSeconds: 30, MaxDeliveries: 1, RetentionHours: 1, DeadLetter: "dead"}

// poison sends a message and uses up its deliveries.
func poison(t *testing.T, d queue.Driver) {
	t.Helper()
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "poison", Body: []byte("poison")}}))
	got, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.NoError(t, d.Release(t.Context(), got[0].Receipt, 0))
}

func TestDyingBetweenMovingAndRemovingLeavesOneDeadLetter(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, js := server.Connect(t)
	dead := open(t, server, nats.Spec{Name: "dead", LeaseSeconds: 30, RetentionHours: 1})
	d := open(t, server, poisoned)
	poison(t, d)

	// Another client stored the letter and died. It has no message ID, as after
	// the window in which the server remembers IDs.
	jobs, err := js.Stream(t.Context(), "jobs")
	require.NoError(t, err)
	m, err := jobs.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), fmt.Sprintf("queue.dead.from.jobs.1.%d", m.Time.UnixNano()), m.Data)
	require.NoError(t, err)

	got, err := d.Receive(t.Context(), 1, time.Second)
	require.NoError(t, err)
	require.Empty(t, got, "the message must not be handed out again")
	counts, err := d.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, queue.Stats{}, counts, "the message must be removed")
	counts, err = dead.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, queue.Stats{Ready: 1}, counts, "there must be one letter")
}

func TestMissingDeadLetterQueueKeepsTheMessage(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, js := server.Connect(t)
	open(t, server, nats.Spec{Name: "dead", LeaseSeconds: 30, RetentionHours: 1})
	d := open(t, server, poisoned)
	poison(t, d)
	require.NoError(t, nats.Remove(t.Context(), js, "dead"))

	_, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.ErrorContains(t, err, `to the dead-letter queue "dead"`)
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "good", Body: []byte("good")}}))
	got, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "good", string(got[0].Body), "the rest must go on")
	counts, err := d.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, counts.Ready+counts.Leased, "the message must stay")
}
