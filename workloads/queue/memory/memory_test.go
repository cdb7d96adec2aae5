package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
	"github.com/spotgrid/spotgrid/workloads/queue/queuetest"
)

// clock stands still until it is advanced.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestDriver(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(*testing.T) queuetest.Harness {
		c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		return queuetest.Harness{
			New: func(t *testing.T, s queuetest.Settings) queuetest.Queues {
				o := memory.Options{LeaseSeconds: s.LeaseSeconds, MaxDeliveries: s.MaxDeliveries, Now: c.Now}
				if !s.DeadLetter {
					return queuetest.Queues{Driver: memory.New(o)}
				}
				o.DeadLetter = memory.New(memory.Options{Now: c.Now})
				return queuetest.Queues{Driver: memory.New(o), DeadLetter: o.DeadLetter}
			},
			Missing: func(t *testing.T) error {
				d := memory.New(memory.Options{})
				d.Remove()
				_, err := queue.New(d, queue.Options{Name: "removed"}).Receive(t.Context(), 1, 0)
				return err
			},
			Advance:              func(_ *testing.T, d time.Duration) { c.Advance(d) },
			ShortestLeaseSeconds: 10,
		}
	})
}

func TestMessageIDIsForgottenAfterTheWindow(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	d := memory.New(memory.Options{Now: c.Now})
	for _, advance := range []time.Duration{0, time.Minute, 61 * time.Second} {
		c.Advance(advance)
		require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("x")}}))
	}
	got, err := d.Receive(t.Context(), 10, 0)
	require.NoError(t, err)
	require.Len(t, got, 2, "the second Send is a duplicate, the third comes after two minutes")
}
