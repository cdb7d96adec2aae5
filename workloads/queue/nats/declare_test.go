package nats_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
)

func TestSpecCheckNamesEveryFault(t *testing.T) {
	t.Parallel()
	good := nats.Spec{Name: "jobs", LeaseSeconds: 30, MaxDeliveries: 5, RetentionHours: 96, DeadLetter: "dead"}
	require.NoError(t, good.Check())
	for name, c := range map[string]struct {
		change func(*nats.Spec)
		want   []string
	}{
		"name":                  {func(s *nats.Spec) { s.Name = "a.b" }, []string{`name is "a.b", want 1..80`}},
		"lease too short":       {func(s *nats.Spec) { s.LeaseSeconds = 9 }, []string{"lease seconds is 9, want 10..43200"}},
		"lease too long":        {func(s *nats.Spec) { s.LeaseSeconds = 43201 }, []string{"lease seconds is 43201"}},
		"deliveries":            {func(s *nats.Spec) { s.MaxDeliveries = 1001 }, []string{"max deliveries is 1001, want 0..1000"}},
		"retention":             {func(s *nats.Spec) { s.RetentionHours = 0 }, []string{"retention hours is 0, want 1..336"}},
		"limit, no dead letter": {func(s *nats.Spec) { s.DeadLetter = "" }, []string{"max deliveries is 5 but there is no dead-letter queue"}},
		"own dead letter":       {func(s *nats.Spec) { s.DeadLetter = "jobs" }, []string{`dead letter is the queue "jobs" itself`}},
		"dead letter's name":    {func(s *nats.Spec) { s.DeadLetter = "a b" }, []string{`dead letter is "a b", want 1..80`}},
		"all at once": {func(s *nats.Spec) { *s = nats.Spec{MaxDeliveries: -1} },
			[]string{`name is ""`, "lease seconds is 0", "max deliveries is -1", "retention hours is 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good
			c.change(&s)
			err := s.Check()
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestDeclareChangesAQueueAndKeepsItsMessages(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, js := server.Connect(t)
	require.NoError(t, nats.Declare(t.Context(), js, nats.Spec{Name: "dead", LeaseSeconds: 30, RetentionHours: 336}))
	spec := nats.Spec{Name: "jobs", LeaseSeconds: 30, RetentionHours: 96}
	d := open(t, server, spec)
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}, {ID: "b", Body: []byte("b")}}))
	held, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, held, 1)

	changed := nats.Spec{Name: "jobs", LeaseSeconds: 60, MaxDeliveries: 7, RetentionHours: 12, DeadLetter: "dead"}
	for _, s := range []nats.Spec{spec, changed, changed} {
		require.NoError(t, nats.Declare(t.Context(), js, s))
		got, counts, err := nats.Inspect(t.Context(), js, "jobs")
		require.NoError(t, err)
		require.Equal(t, s, got)
		require.Equal(t, queue.Stats{Ready: 1, Leased: 1}, counts)
	}
	require.NoError(t, d.Ack(t.Context(), held[0].Receipt))
	require.Eventually(t, func() bool {
		_, err := d.Receive(t.Context(), 1, 0)
		return err == nil && d.Lease() == time.Minute
	}, 15*time.Second, 50*time.Millisecond, "an open client must notice the new lease")
}

func TestDeclareNeedsTheDeadLetterQueueFirst(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, js := server.Connect(t)
	err := nats.Declare(t.Context(), js, nats.Spec{Name: "jobs", LeaseSeconds: 30, RetentionHours: 1, DeadLetter: "dead"})
	require.Equal(t, queue.KindNotFound, queue.KindOf(err))
	require.ErrorContains(t, err, `its dead-letter queue "dead" must be declared first`)
	_, _, err = nats.Inspect(t.Context(), js, "jobs")
	require.Equal(t, queue.KindNotFound, queue.KindOf(err), "a refused queue must not be made")
}

func TestRemove(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, js := server.Connect(t)
	d := open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 30, RetentionHours: 1})
	waiting := make(chan error, 1)
	go func() {
		_, err := d.Receive(t.Context(), 1, time.Minute)
		waiting <- err
	}()
	require.Eventually(t, func() bool {
		c, err := js.Consumer(t.Context(), "jobs", "workers")
		return err == nil && c.CachedInfo().NumWaiting == 1
	}, 5*time.Second, 10*time.Millisecond, "the receiver must wait")

	require.NoError(t, nats.Remove(t.Context(), js, "jobs"))
	err := <-waiting
	require.Equal(t, queue.KindNotFound.String(), d.Kind(err).String(), "a waiting receiver: %v", err)
	_, err = d.Receive(t.Context(), 1, time.Minute)
	require.Equal(t, queue.KindNotFound.String(), d.Kind(err).String(), "a new receiver: %v", err)
	require.Equal(t, queue.KindNotFound, queue.KindOf(nats.Remove(t.Context(), js, "jobs")), "removing twice")
}
