// Package queuetest is the suite that every queue driver passes.
package queuetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Harness is how the suite makes queues of one service.
type Harness struct {
	// New makes an empty queue that is removed when the test ends.
	New func(t *testing.T, s Settings) Queues
	// Missing returns the error of opening or using a queue that is not there.
	Missing func(t *testing.T) error
	// Advance lets d pass for leases and delays: on a virtual clock at once,
	// with a real service by waiting.
	Advance func(t *testing.T, d time.Duration)
	// ShortestLeaseSeconds is the shortest lease the service can do well. Cases
	// in which a lease runs out use it.
	ShortestLeaseSeconds int
}

// Settings of one queue.
type Settings struct {
	LeaseSeconds int
	// MaxDeliveries is 0 for no limit.
	MaxDeliveries int
	// DeadLetter asks for a dead-letter queue.
	DeadLetter bool
}

// Queues are drivers of one queue and of its dead-letter queue, nil if it has
// none.
type Queues struct {
	Driver, DeadLetter queue.Driver
}

const (
	// longLeaseSeconds is for cases in which no lease may run out.
	longLeaseSeconds = 60
	// soon is how long a case waits for a message that must come.
	soon = 10 * time.Second
	// brief is how long a case waits for a message that must not come.
	brief = 100 * time.Millisecond
)

// Run runs the suite. newHarness is called once for each case.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	cases := map[string]func(*testing.T, Harness){
		"round trip of any bytes":                       roundTrip,
		"largest body":                                  largestBody,
		"body too large is refused":                     tooLarge,
		"empty receive returns after the wait":          emptyWait,
		"waiting receive ends when a message comes":     waitEndsEarly,
		"batches of 1,000 lose nothing":                 batches,
		"receive returns at most max":                   atMostMax,
		"message comes back after its lease":            redelivery,
		"extend keeps the lease":                        extendKeeps,
		"extend after the lease was lost":               extendAfterLoss,
		"ack after the lease was lost":                  ackAfterLoss,
		"ack after another acked":                       ackAfterAnother,
		"ack twice":                                     ackTwice,
		"release at once":                               releaseAtOnce,
		"release with delay":                            releaseWithDelay,
		"a released receipt holds nothing":              releasedReceipt,
		"dead letter after too many deliveries":         deadLetter,
		"message ID removes duplicates":                 dedupe,
		"ended context returns soon":                    cancelled,
		"a receive that was cancelled leaves no leases": cancelledLeavesNothing,
		"missing queue":                                 missing,
		"use after close":                               afterClose,
		"stats":                                         stats,
		"consumers that die lose nothing":               killAndResume,
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHarness(t))
		})
	}
}

// long makes a queue whose leases do not run out.
func long(t *testing.T, h Harness) queue.Driver {
	t.Helper()
	return h.New(t, Settings{LeaseSeconds: longLeaseSeconds}).Driver
}

// short makes a queue with the shortest lease.
func short(t *testing.T, h Harness) (queue.Driver, time.Duration) {
	t.Helper()
	d := h.New(t, Settings{LeaseSeconds: h.ShortestLeaseSeconds}).Driver
	require.Equal(t, time.Duration(h.ShortestLeaseSeconds)*time.Second, d.Lease())
	return d, d.Lease()
}

func send(t *testing.T, d queue.Driver, bodies ...string) {
	t.Helper()
	messages := make([]queue.Message, len(bodies))
	for i, b := range bodies {
		messages[i] = queue.Message{Body: []byte(b)}
	}
	require.NoError(t, d.Send(t.Context(), messages))
}

// one receives the single message that is there.
func one(t *testing.T, d queue.Driver) queue.Delivery {
	t.Helper()
	got, err := d.Receive(t.Context(), 1, soon)
	require.NoError(t, err)
	require.Len(t, got, 1, "the queue has no message")
	return got[0]
}

// none asserts that nothing can be received.
func none(t *testing.T, d queue.Driver) {
	t.Helper()
	got, err := d.Receive(t.Context(), 1, brief)
	require.NoError(t, err)
	require.Empty(t, got)
}

// ack acknowledges as a Queue does, which tries again where a driver says that the
// service cannot be reached: of thousands of calls one may lose its connection.
func ack(t *testing.T, d queue.Driver, r queue.Receipt) {
	t.Helper()
	var err error
	for range queue.DefaultMaxTries {
		if err = d.Ack(t.Context(), r); err == nil || d.Kind(err) != queue.KindUnavailable {
			break
		}
	}
	require.NoError(t, err)
}

func requireKind(t *testing.T, d queue.Driver, want queue.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want.String(), d.Kind(err).String(), "kind of: %v", err)
}

// background is for what must run after the test's context ended.
var background = context.Background()
