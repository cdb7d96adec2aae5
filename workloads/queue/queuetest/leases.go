package queuetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

func redelivery(t *testing.T, h Harness) {
	d, lease := short(t, h)
	send(t, d, "a")
	for number := 1; number <= 3; number++ {
		got := one(t, d)
		require.Equal(t, "a", string(got.Body))
		require.Equal(t, number, got.Number, "deliveries must be counted")
		none(t, d)
		h.Advance(t, lease)
	}
}

func extendKeeps(t *testing.T, h Harness) {
	d, lease := short(t, h)
	send(t, d, "a")
	held := one(t, d)
	for range 5 { // well over a lease
		h.Advance(t, lease/3)
		require.NoError(t, d.Extend(t.Context(), held.Receipt))
	}
	none(t, d)
	h.Advance(t, lease)
	require.Equal(t, 2, one(t, d).Number, "an extended lease must end too")
}

// lose receives a message, lets its lease run out and receives it again.
func lose(t *testing.T, h Harness) (d queue.Driver, first, second queue.Delivery) {
	t.Helper()
	d, lease := short(t, h)
	send(t, d, "a")
	first = one(t, d)
	h.Advance(t, lease)
	second = one(t, d)
	require.Equal(t, 2, second.Number)
	return d, first, second
}

func extendAfterLoss(t *testing.T, h Harness) {
	d, first, second := lose(t, h)
	err := d.Extend(t.Context(), first.Receipt)
	if d.Caps().LeaseLostIsSeen {
		requireKind(t, d, queue.KindLeaseLost, err)
		requireKind(t, d, queue.KindLeaseLost, d.Release(t.Context(), first.Receipt, 0))
		none(t, d)
	}
	require.NoError(t, d.Ack(t.Context(), second.Receipt), "the new holder must not be disturbed")
	none(t, d)
}

func ackAfterLoss(t *testing.T, h Harness) {
	d, first, second := lose(t, h)
	err := d.Ack(t.Context(), first.Receipt)
	if !d.Caps().LeaseLostIsSeen {
		require.NoError(t, err)
		return
	}
	requireKind(t, d, queue.KindLeaseLost, err)
	require.NoError(t, d.Release(t.Context(), second.Receipt, 0))
	require.Equal(t, 3, one(t, d).Number, "an Ack that failed must not remove the message")
}

func ackAfterAnother(t *testing.T, h Harness) {
	d, first, second := lose(t, h)
	require.NoError(t, d.Ack(t.Context(), second.Receipt))
	require.NoError(t, d.Ack(t.Context(), first.Receipt), "the message is gone, which is what Ack is for")
	none(t, d)
}

func ackTwice(t *testing.T, h Harness) {
	d, lease := short(t, h)
	send(t, d, "a")
	held := one(t, d)
	require.NoError(t, d.Ack(t.Context(), held.Receipt))
	require.NoError(t, d.Ack(t.Context(), held.Receipt))
	h.Advance(t, lease)
	require.NoError(t, d.Ack(t.Context(), held.Receipt), "also after the lease")
	none(t, d)
}

func releaseAtOnce(t *testing.T, h Harness) {
	d := long(t, h)
	send(t, d, "a")
	require.NoError(t, d.Release(t.Context(), one(t, d).Receipt, 0))
	again, err := d.Receive(t.Context(), 1, time.Second)
	require.NoError(t, err)
	require.Len(t, again, 1, "the message must be visible again within a second")
	require.Equal(t, 2, again[0].Number)
}

func releaseWithDelay(t *testing.T, h Harness) {
	const delay = 2 * time.Second
	d := long(t, h)
	send(t, d, "a")
	require.NoError(t, d.Release(t.Context(), one(t, d).Receipt, delay))
	none(t, d)
	h.Advance(t, delay)
	again, err := d.Receive(t.Context(), 1, time.Second)
	require.NoError(t, err)
	require.Len(t, again, 1, "the message must be visible at the latest a second after the delay")
	require.Equal(t, 2, again[0].Number)
}

func releasedReceipt(t *testing.T, h Harness) {
	d := long(t, h)
	if !d.Caps().LeaseLostIsSeen {
		t.Skip("the service does not see lost leases")
	}
	send(t, d, "a")
	first := one(t, d)
	require.NoError(t, d.Release(t.Context(), first.Receipt, 0))
	second := one(t, d)
	requireKind(t, d, queue.KindLeaseLost, d.Extend(t.Context(), first.Receipt))
	requireKind(t, d, queue.KindLeaseLost, d.Ack(t.Context(), first.Receipt))
	require.NoError(t, d.Ack(t.Context(), second.Receipt))
	none(t, d)
}

func deadLetter(t *testing.T, h Harness) {
	const most = 3
	q := h.New(t, Settings{LeaseSeconds: longLeaseSeconds, MaxDeliveries: most, DeadLetter: true})
	send(t, q.Driver, "poison", "good 1", "good 2")
	poisoned, good := 0, 0
	for {
		got, err := q.Driver.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		if len(got) == 0 {
			break
		}
		if string(got[0].Body) == "poison" {
			poisoned++
			require.Equal(t, poisoned, got[0].Number)
			require.NoError(t, q.Driver.Release(t.Context(), got[0].Receipt, 0))
			continue
		}
		good++
		require.NoError(t, q.Driver.Ack(t.Context(), got[0].Receipt))
	}
	require.Equal(t, most, poisoned, "deliveries of the poison message")
	require.Equal(t, 2, good, "the rest must go on")
	letter := one(t, q.DeadLetter)
	require.Equal(t, "poison", string(letter.Body))
	require.Equal(t, 1, letter.Number)
	none(t, q.DeadLetter)
}

// stats leaves to the service what its Caps say: it may count late, and messages
// that wait and those that are held as one.
func stats(t *testing.T, h Harness) {
	d := long(t, h)
	caps := d.Caps()
	eventually := func(what string, want func(queue.Stats) bool) {
		t.Helper()
		var got queue.Stats
		require.Eventually(t, func() bool {
			var err error
			got, err = d.Stats(t.Context())
			return err == nil && want(got)
		}, soon+caps.StatsLag, 10*time.Millisecond, "%s: %+v", what, &got)
	}
	are := func(ready, leased int) func(queue.Stats) bool {
		if caps.CountsTogether {
			ready, leased = ready+leased, 0
		}
		return func(s queue.Stats) bool { return s == queue.Stats{Ready: ready, Leased: leased} }
	}
	eventually("empty", are(0, 0))
	send(t, d, "a", "b", "c")
	eventually("three sent", are(3, 0))
	first := one(t, d)
	eventually("one received", are(2, 1))
	require.NoError(t, d.Ack(t.Context(), first.Receipt))
	eventually("one acknowledged", are(2, 0))
	require.NoError(t, d.Release(t.Context(), one(t, d).Receipt, time.Hour))
	eventually("one delayed, which services count as either", func(s queue.Stats) bool { return s.Ready+s.Leased == 2 })
}

// killAndResume runs consumers of which every second one dies with messages in
// hand; others follow until all messages are acknowledged.
func killAndResume(t *testing.T, h Harness) {
	const count, generations, consumers = 200, 6, 4
	d, lease := short(t, h)
	messages := make([]queue.Message, count)
	for i := range messages {
		messages[i] = queue.Message{Body: fmt.Appendf(nil, "job-%d", i)}
	}
	require.NoError(t, d.Send(t.Context(), messages))
	done := &tally{acked: map[string]int{}}
	for g := range generations {
		var alive sync.WaitGroup
		for c := range consumers {
			dies := g < generations-1 && c%2 == 0
			alive.Go(func() { done.consume(t, d, dies) })
		}
		alive.Wait()
		h.Advance(t, lease)
	}
	require.Eventually(t, func() bool {
		done.consume(t, d, false)
		return done.len() == count
	}, soon, 10*time.Millisecond, "messages were lost")
	none(t, d)
}

// tally counts how often each message was acknowledged.
type tally struct {
	mu    sync.Mutex
	acked map[string]int
}

func (c *tally) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.acked)
}

// consume acknowledges messages until there are none, or dies with some.
func (c *tally) consume(t *testing.T, d queue.Driver, dies bool) {
	for range 10 {
		got, err := d.Receive(t.Context(), 5, brief)
		if !assert.NoError(t, err) || len(got) == 0 {
			return
		}
		for _, m := range got {
			c.see(t, m)
		}
		for i, m := range got {
			if dies && i == 2 {
				return
			}
			if err := d.Ack(t.Context(), m.Receipt); err == nil {
				c.count(m)
			} else {
				assert.Equal(t, queue.KindLeaseLost, d.Kind(err), "%v", err)
			}
		}
	}
}

func (c *tally) see(t *testing.T, m queue.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	assert.Zero(t, c.acked[string(m.Body)], "%s came again after it was acknowledged", m.Body)
}

func (c *tally) count(m queue.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked[string(m.Body)]++
}
