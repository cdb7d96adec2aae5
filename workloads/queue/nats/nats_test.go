package nats_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
	"github.com/spotgrid/spotgrid/workloads/queue/queuetest"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	queuetest.Run(t, func(*testing.T) queuetest.Harness {
		return queuetest.Harness{
			New: func(t *testing.T, s queuetest.Settings) queuetest.Queues {
				spec := nats.Spec{Name: queueName(t), LeaseSeconds: s.LeaseSeconds, MaxDeliveries: s.MaxDeliveries, RetentionHours: 1}
				if !s.DeadLetter {
					return queuetest.Queues{Driver: open(t, server, spec)}
				}
				spec.DeadLetter = spec.Name + "-dead"
				dead := open(t, server, nats.Spec{Name: spec.DeadLetter, LeaseSeconds: s.LeaseSeconds, RetentionHours: 1})
				return queuetest.Queues{Driver: open(t, server, spec), DeadLetter: dead}
			},
			Missing: func(t *testing.T) error {
				_, err := nats.Open(t.Context(), server.QueueURL(t, "missing"))
				return err
			},
			// A real service needs real time.
			Advance:              func(_ *testing.T, d time.Duration) { time.Sleep(d) },
			ShortestLeaseSeconds: 1,
		}
	})
}

// queueName makes a queue's name of the test's.
func queueName(t testing.TB) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", r) {
			return r
		}
		return '_'
	}, t.Name())
	return name[max(0, len(name)-70):]
}

// open declares a queue and opens it as a client does.
func open(t testing.TB, server *natstest.Server, spec nats.Spec) queue.Driver {
	t.Helper()
	_, js := server.Connect(t)
	require.NoError(t, nats.DeclareUnchecked(context.Background(), js, spec))
	d, err := nats.Open(context.Background(), server.QueueURL(t, spec.Name))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

func TestOpenMissingQueueNamesQueueAndServer(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	_, err := nats.Open(t.Context(), server.QueueURL(t, "jobs"))
	require.Equal(t, queue.KindNotFound, queue.KindOf(err))
	require.ErrorContains(t, err, `opening queue "jobs"`)
	require.ErrorContains(t, err, server.URL)
}

func TestOpenWithWrongTokenIsDenied(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	wrong := filepath.Join(t.TempDir(), "wrong")
	require.NoError(t, os.WriteFile(wrong, []byte("guess"), 0o600))
	for name, params := range map[string]string{"wrong token": "?token_file=" + wrong, "no token": ""} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(server.URL + "/jobs" + params)
			require.NoError(t, err)
			_, err = nats.Open(t.Context(), u)
			require.Equal(t, queue.KindDenied, queue.KindOf(err), "%v", err)
		})
	}
}

func TestOpenWithoutServerIsUnavailable(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	server.Stop()
	_, err := nats.Open(t.Context(), server.QueueURL(t, "jobs"))
	require.Equal(t, queue.KindUnavailable, queue.KindOf(err), "%v", err)
	require.ErrorContains(t, err, server.URL)
}

func TestOpenRefusesBadURLs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url  string
		want []string
	}{
		"unknown parameter": {"nats://127.0.0.1:4222/jobs?lease=10", []string{`parameter "lease" is unknown, want token_file`}},
		"no queue":          {"nats://127.0.0.1:4222/", []string{`the path after the slash is "", want 1..80 letters`}},
		"path too deep":     {"nats://127.0.0.1:4222/a/b", []string{`the path after the slash is "a/b"`}},
		"no port":           {"nats://127.0.0.1/jobs", []string{`host is "127.0.0.1", want HOST:PORT`}},
		"password":          {"nats://secret@127.0.0.1:4222/jobs", []string{"want the parameter token_file=PATH instead"}},
		"relative file":     {"nats://127.0.0.1:4222/jobs?token_file=token", []string{`token_file is ["token"], want one absolute path`}},
		"two faults":        {"nats://127.0.0.1/jobs?x=1", []string{"want HOST:PORT", `parameter "x" is unknown`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := queue.Open(t.Context(), c.url, queue.Openers{"nats": nats.Open})
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestOpenThroughQueue(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{})
	open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 30, RetentionHours: 1})
	q, err := queue.Open(t.Context(), server.QueueURL(t, "jobs").String(), queue.Openers{"nats": nats.Open})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, q.Close()) })
	require.Equal(t, "jobs", q.Name())
	require.Equal(t, 30*time.Second, q.Lease())
	require.NoError(t, q.Send(t.Context(), queue.Message{ID: "a", Body: []byte("x")}))
	got, err := q.Receive(t.Context(), 10, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.NoError(t, q.Ack(t.Context(), got[0]))
}

func TestFullStoreThrottlesAndLosesNothing(t *testing.T) {
	t.Parallel()
	server := natstest.Start(t, natstest.Options{MaxStoreBytes: 1 << 20})
	d := open(t, server, nats.Spec{Name: "jobs", LeaseSeconds: 30, RetentionHours: 1})
	stored := 0
	var err error
	for ; err == nil && stored < 100; stored++ {
		err = d.Send(t.Context(), []queue.Message{{ID: fmt.Sprint(stored), Body: make([]byte, 100<<10)}})
	}
	stored--
	require.Equal(t, queue.KindThrottled.String(), d.Kind(err).String(), "%v", err)
	got, err := d.Receive(t.Context(), 100, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, got, stored, "what was stored must stay")
	for _, m := range got {
		require.NoError(t, d.Ack(t.Context(), m.Receipt))
	}
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "after", Body: []byte("room again")}}))
}
