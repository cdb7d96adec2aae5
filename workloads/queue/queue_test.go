package queue_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
)

// recorder is a Retry.Sleep that does not sleep.
type recorder struct{ slept []time.Duration }

func (r *recorder) sleep(ctx context.Context, d time.Duration) error {
	r.slept = append(r.slept, d)
	return ctx.Err()
}

func TestRetry(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		failures []error
		kind     queue.Kind // of the error, KindUnknown for none
		calls    int
		slept    []time.Duration
	}{
		"success at once":           {nil, queue.KindUnknown, 1, nil},
		"unavailable, then success": {[]error{errAway, errAway}, queue.KindUnknown, 3, []time.Duration{50 * ms, 100 * ms}},
		"throttled, then success":   {[]error{errSlow}, queue.KindUnknown, 2, []time.Duration{50 * ms}},
		"denied is final":           {[]error{errNo}, queue.KindDenied, 1, nil},
		"unavailable, then denied":  {[]error{errAway, errNo}, queue.KindDenied, 2, []time.Duration{50 * ms}},
		"tries run out, delay capped": {forever(errAway), queue.KindUnavailable, 5,
			[]time.Duration{50 * ms, 100 * ms, 150 * ms, 150 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &flaky{Driver: memory.New(memory.Options{}), failures: c.failures}
			var r recorder
			q := queue.New(d, queue.Options{Name: "jobs", Retry: queue.Retry{
				MaxTries: 5, BaseDelay: 100 * ms, MaxDelay: 300 * ms,
				Sleep: r.sleep, Rand: func() float64 { return 0.5 },
			}})
			_, err := q.Receive(t.Context(), 1, 0)
			require.Equal(t, c.kind != queue.KindUnknown, err != nil, "%v", err)
			require.Equal(t, c.kind, queue.KindOf(err))
			require.Equal(t, c.calls, d.count())
			require.Equal(t, c.slept, r.slept)
		})
	}
}

func TestRetryStopsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	d := &flaky{Driver: memory.New(memory.Options{}), failures: forever(errAway)}
	ctx, cancel := context.WithCancel(t.Context())
	q := queue.New(d, queue.Options{Name: "jobs", Retry: queue.Retry{Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}}})
	_, err := q.Receive(ctx, 1, 0)
	require.Equal(t, queue.KindCanceled, queue.KindOf(err))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, errAway, "the error must say what it waited for")
	require.Equal(t, 1, d.count())
}

func TestErrorsNameOperationAndQueue(t *testing.T) {
	t.Parallel()
	d := &flaky{Driver: memory.New(memory.Options{}), failures: []error{errNo}}
	q := queue.New(d, queue.Options{Name: "jobs"})
	_, err := q.Receive(t.Context(), 1, 0)
	require.EqualError(t, err, `receiving from queue "jobs": no`)
	var e *queue.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, queue.OpReceive, e.Op)

	_, err = q.Receive(t.Context(), 0, 0)
	require.EqualError(t, err, `receiving from queue "jobs": cannot receive 0 messages, want 1 or more`)

	err = q.Send(t.Context(),
		queue.Message{ID: "a", Body: make([]byte, memory.MaxBodyBytes+1)},
		queue.Message{ID: "b"},
		queue.Message{ID: "c", Body: make([]byte, memory.MaxBodyBytes+2)})
	require.Equal(t, queue.KindTooLarge, queue.KindOf(err))
	require.ErrorContains(t, err, `message 0 with id "a": its body is 262145 bytes, at most 262144 fit`)
	require.ErrorContains(t, err, `message 2 with id "c"`)

	require.NoError(t, q.Close())
	_, err = q.Stats(t.Context())
	require.EqualError(t, err, `counting the messages of queue "jobs": the queue was closed`)
}

func TestReceiveIsCutToTheBatchOfTheDriver(t *testing.T) {
	t.Parallel()
	q := queue.New(memory.New(memory.Options{}), queue.Options{})
	messages := make([]queue.Message, memory.MaxBatch+5)
	require.NoError(t, q.Send(t.Context(), messages...))
	got, err := q.Receive(t.Context(), len(messages), 0)
	require.NoError(t, err)
	require.Len(t, got, memory.MaxBatch)
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want queue.Kind
	}{
		"none":     {nil, queue.KindUnknown},
		"foreign":  {errNo, queue.KindUnknown},
		"wrapped":  {fmt.Errorf("above: %w", &queue.Error{Kind: queue.KindDenied, Err: errNo}), queue.KindDenied},
		"canceled": {context.Canceled, queue.KindCanceled},
		"deadline": {fmt.Errorf("late: %w", context.DeadlineExceeded), queue.KindCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, queue.KindOf(c.err))
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	openers := queue.Openers{
		"mem":  func(context.Context, *url.URL) (queue.Driver, error) { return memory.New(memory.Options{}), nil },
		"deny": func(context.Context, *url.URL) (queue.Driver, error) { return nil, errNo },
		"gone": func(context.Context, *url.URL) (queue.Driver, error) {
			return nil, &queue.Error{Op: queue.OpOpen, Queue: "jobs", Kind: queue.KindNotFound, Err: errors.New("none")}
		},
	}
	q, err := queue.Open(t.Context(), "mem://host/jobs?x=1", openers)
	require.NoError(t, err)
	require.Equal(t, "jobs", q.Name())
	for name, c := range map[string]struct {
		url, want string
		kind      queue.Kind
	}{
		"unknown scheme":        {"sqs://host/jobs", `opening queue "sqs://host/jobs": scheme "sqs" is unknown, want one of: deny, gone, mem`, queue.KindUnknown},
		"no scheme":             {"jobs", `scheme "" is unknown`, queue.KindUnknown},
		"malformed":             {"mem://user:secret@host:port/", `opening queue: its URL is malformed: invalid port ":port" after host`, queue.KindUnknown},
		"plain error":           {"deny://me:secret@host/jobs?token=secret", `opening queue "deny://host/jobs": no`, queue.KindUnknown},
		"error of a known kind": {"gone://host/jobs", `opening queue "jobs": none`, queue.KindNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := queue.Open(t.Context(), c.url, openers)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, c.kind, queue.KindOf(err))
		})
	}
}
