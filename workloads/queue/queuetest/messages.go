package queuetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

func roundTrip(t *testing.T, h Harness) {
	bodies := map[string]string{
		"json":      `{"id": "a"}`,
		"empty":     "",
		"non-UTF-8": "\xff\xfe\x00\x80",
		"lines":     "a\r\n\r\nb\n",
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			d := long(t, h)
			send(t, d, body)
			got := one(t, d)
			require.Equal(t, body, string(got.Body))
			require.Equal(t, 1, got.Number)
			require.NoError(t, d.Ack(t.Context(), got.Receipt))
			none(t, d)
		})
	}
}

func largestBody(t *testing.T, h Harness) {
	d := long(t, h)
	body := bytes.Repeat([]byte{0xa5}, d.Caps().MaxBodyBytes)
	require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "largest", Body: body}}))
	require.True(t, bytes.Equal(body, one(t, d).Body), "the body changed on its way")
}

func tooLarge(t *testing.T, h Harness) {
	d := long(t, h)
	q := queue.New(d, queue.Options{Name: "jobs"})
	err := q.Send(t.Context(),
		queue.Message{ID: "fits", Body: []byte("small")},
		queue.Message{ID: "elephant", Body: make([]byte, d.Caps().MaxBodyBytes+1)})
	require.Equal(t, queue.KindTooLarge, queue.KindOf(err))
	require.ErrorContains(t, err, `"elephant"`)
	none(t, d)
}

func emptyWait(t *testing.T, h Harness) {
	d := long(t, h)
	for _, wait := range []time.Duration{0, 300 * time.Millisecond} {
		start := time.Now()
		got, err := d.Receive(t.Context(), 10, wait)
		require.NoError(t, err)
		require.Empty(t, got)
		require.GreaterOrEqual(t, time.Since(start), wait)
		require.Less(t, time.Since(start), wait+2*time.Second)
	}
}

func waitEndsEarly(t *testing.T, h Harness) {
	d := long(t, h)
	received := make(chan []queue.Delivery, 1)
	start := time.Now()
	go func() {
		got, err := d.Receive(t.Context(), 10, time.Minute)
		if err == nil {
			received <- got
		}
		close(received)
	}()
	time.AfterFunc(brief, func() {
		_ = d.Send(t.Context(), []queue.Message{{Body: []byte("at last")}}) // a failure shows in what is received
	})
	got := <-received
	require.Len(t, got, 1)
	require.Equal(t, "at last", string(got[0].Body))
	require.Less(t, time.Since(start), soon, "Receive waited for more than the first message")
}

func batches(t *testing.T, h Harness) {
	const count = 1000
	d := long(t, h)
	messages := make([]queue.Message, count)
	want := make([]string, count)
	for i := range messages {
		want[i] = fmt.Sprintf("job-%04d", i)
		messages[i] = queue.Message{ID: want[i], Body: []byte(want[i])}
	}
	require.NoError(t, d.Send(t.Context(), messages))
	var got []string
	for len(got) < count {
		batch, err := d.Receive(t.Context(), min(d.Caps().MaxBatch, 300), soon)
		require.NoError(t, err)
		require.NotEmpty(t, batch, "only %d of %d messages came", len(got), count)
		for _, m := range batch {
			require.Equal(t, 1, m.Number)
			ack(t, d, m.Receipt)
			got = append(got, string(m.Body))
		}
	}
	slices.Sort(got)
	require.Equal(t, want, got)
	none(t, d)
}

func atMostMax(t *testing.T, h Harness) {
	d := long(t, h)
	send(t, d, "a", "b", "c")
	got, err := d.Receive(t.Context(), 2, soon)
	require.NoError(t, err)
	require.LessOrEqual(t, len(got), 2)
	require.NotEmpty(t, got)
}

func dedupe(t *testing.T, h Harness) {
	d := long(t, h)
	if !d.Caps().Dedupes {
		t.Skip("the service does not remove duplicates")
	}
	for range 2 {
		require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "same", Body: []byte("a")}, {ID: "other", Body: []byte("b")}}))
	}
	bodies := []string{string(one(t, d).Body), string(one(t, d).Body)}
	require.ElementsMatch(t, []string{"a", "b"}, bodies)
	none(t, d)
}

func cancelled(t *testing.T, h Harness) {
	d := long(t, h)
	send(t, d, "a")
	held := one(t, d)
	calls := map[string]func(context.Context) error{
		"receive": func(ctx context.Context) error { _, err := d.Receive(ctx, 1, time.Minute); return err },
		"send":    func(ctx context.Context) error { return d.Send(ctx, []queue.Message{{Body: []byte("b")}}) },
		"extend":  func(ctx context.Context) error { return d.Extend(ctx, held.Receipt) },
		"ack":     func(ctx context.Context) error { return d.Ack(ctx, held.Receipt) },
		"release": func(ctx context.Context) error { return d.Release(ctx, held.Receipt, 0) },
		"stats":   func(ctx context.Context) error { _, err := d.Stats(ctx); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(background)
			cancel()
			start := time.Now()
			requireKind(t, d, queue.KindCanceled, call(ctx))
			require.Less(t, time.Since(start), time.Second)
		})
	}
	t.Run("receive that waits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(background)
		var ended time.Time
		time.AfterFunc(brief, func() { ended = time.Now(); cancel() })
		_, err := d.Receive(ctx, 1, time.Minute)
		requireKind(t, d, queue.KindCanceled, err)
		require.Less(t, time.Since(ended), time.Second)
	})
}

// cancelledLeavesNothing ends receives at about the time messages arrive.
func cancelledLeavesNothing(t *testing.T, h Harness) {
	const rounds = 50
	d := long(t, h)
	returned := 0
	for i := range rounds {
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
		go func() { _ = d.Send(background, []queue.Message{{Body: []byte("a")}}) }() // a failure shows in the count
		got, err := d.Receive(ctx, 1, time.Minute)
		if err != nil {
			require.True(t, errors.Is(err, context.Canceled), "%v", err)
		}
		for _, m := range got {
			require.NoError(t, d.Ack(background, m.Receipt))
			returned++
		}
		cancel()
	}
	for ; returned < rounds; returned++ {
		require.NoError(t, d.Ack(background, one(t, d).Receipt))
	}
	none(t, d)
}

func missing(t *testing.T, h Harness) {
	err := h.Missing(t)
	require.Error(t, err)
	require.Equal(t, queue.KindNotFound.String(), queue.KindOf(err).String(), "kind of: %v", err)
}

func afterClose(t *testing.T, h Harness) {
	d := long(t, h)
	send(t, d, "a")
	held := one(t, d)
	waiting := make(chan error, 1)
	go func() {
		_, err := d.Receive(background, 1, time.Minute)
		waiting <- err
	}()
	time.AfterFunc(brief, func() { _ = d.Close() }) // a failure shows in the calls below
	requireKind(t, d, queue.KindClosed, <-waiting)
	require.NoError(t, d.Close(), "closing twice")
	_, err := d.Receive(t.Context(), 1, 0)
	requireKind(t, d, queue.KindClosed, err)
	requireKind(t, d, queue.KindClosed, d.Send(t.Context(), []queue.Message{{Body: []byte("b")}}))
	requireKind(t, d, queue.KindClosed, d.Extend(t.Context(), held.Receipt))
	requireKind(t, d, queue.KindClosed, d.Ack(t.Context(), held.Receipt))
	requireKind(t, d, queue.KindClosed, d.Release(t.Context(), held.Receipt, 0))
	_, err = d.Stats(t.Context())
	requireKind(t, d, queue.KindClosed, err)
}
