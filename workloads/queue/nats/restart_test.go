package nats_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
)

// patient retries for as long as a server may take to come back.
var patient = queue.Options{Name: "jobs", Retry: queue.Retry{MaxTries: 100, MaxDelay: 500 * time.Millisecond}}

func numbered(count int) []queue.Message {
	messages := make([]queue.Message, count)
	for i := range messages {
		id := fmt.Sprintf("job-%04d", i)
		messages[i] = queue.Message{ID: id, Body: []byte(id)}
	}
	return messages
}

// acks collects which messages were acknowledged, by how many receivers.
type acks struct {
	mu    sync.Mutex
	count map[string]int
}

func (a *acks) add(body []byte) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count[string(body)]++
	return len(a.count)
}

func TestServerRestartLosesNothingAndClientsComeBack(t *testing.T) {
	t.Parallel()
	const count = 400
	server := natstest.Start(t, natstest.Options{})
	q := queue.New(open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 3, RetentionHours: 1}), patient)
	require.NoError(t, q.Send(t.Context(), numbered(count)...))

	half, halfReached := context.WithCancel(t.Context())
	defer halfReached()
	all, allReached := context.WithTimeout(t.Context(), 30*time.Second)
	defer allReached()
	done := &acks{count: map[string]int{}}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for all.Err() == nil {
				got, err := q.Receive(t.Context(), 5, 200*time.Millisecond)
				if !assert.NoError(t, err) {
					return
				}
				for _, m := range got {
					if err := q.Ack(t.Context(), m); err != nil {
						assert.Equal(t, queue.KindLeaseLost, queue.KindOf(err), "%v", err)
						continue
					}
					switch n := done.add(m.Body); {
					case n == count:
						allReached()
					case n >= count/2:
						halfReached()
					}
				}
				time.Sleep(time.Millisecond) // the work
			}
		})
	}
	<-half.Done()
	server.Stop()
	server.StartAgain(t)
	workers.Wait()
	require.Len(t, done.count, count, "messages were lost")
	counts, err := q.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, queue.Stats{}, counts)
}

func TestLeaseOutlivesServerRestart(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	q := queue.New(open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 60, RetentionHours: 1}), patient)
	require.NoError(t, q.Send(t.Context(), numbered(1)...))
	held, err := q.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, held, 1)
	server.Stop()
	server.StartAgain(t)
	got, err := q.Receive(t.Context(), 1, 300*time.Millisecond)
	require.NoError(t, err)
	require.Empty(t, got, "the message is still leased")
	require.NoError(t, q.Extend(t.Context(), held[0]))
	require.NoError(t, q.Ack(t.Context(), held[0]))
	counts, err := q.Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, queue.Stats{}, counts)
}

func TestCallsFailSoonWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	d := open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 60, RetentionHours: 1})
	require.NoError(t, d.Send(t.Context(), numbered(1)))
	held, err := d.Receive(t.Context(), 1, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, held, 1)

	waiting := make(chan error, 1)
	go func() {
		_, err := d.Receive(t.Context(), 1, time.Minute)
		waiting <- err
	}()
	stopped := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { server.Stop(); close(stopped) })
	select {
	case err := <-waiting:
		require.Equal(t, queue.KindUnavailable, d.Kind(err), "%v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("a waiting Receive did not notice that the server went away")
	}
	<-stopped
	for name, call := range map[string]func() error{
		"receive": func() error { _, err := d.Receive(t.Context(), 1, time.Minute); return err },
		"send":    func() error { return d.Send(t.Context(), numbered(2)) },
		"extend":  func() error { return d.Extend(t.Context(), held[0].Receipt) },
		"ack":     func() error { return d.Ack(t.Context(), held[0].Receipt) },
		"release": func() error { return d.Release(t.Context(), held[0].Receipt, 0) },
		"stats":   func() error { _, err := d.Stats(t.Context()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			err := call()
			require.Equal(t, queue.KindUnavailable, d.Kind(err), "%v", err)
			require.Less(t, time.Since(start), time.Second)
		})
	}
}
