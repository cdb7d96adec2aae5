package pubsub

import (
	"slices"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sizes, want []int }{
		"none":                   {nil, nil},
		"1,000 at a time":        {make([]int, 2300), []int{1000, 1000, 300}},
		"just fits":              {[]int{50_000 - messageBytes, 50_000 - messageBytes, 1}, []int{2, 1}},
		"one that fills a batch": {[]int{1, 100_000, 1}, []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all []queue.Message
			for _, size := range c.sizes {
				all = append(all, queue.Message{Body: make([]byte, size)})
			}
			var got []int
			for _, batch := range split(all, 100_000) {
				got = append(got, len(batch))
			}
			require.Equal(t, c.want, got)
		})
	}
}

// failing answers the first calls with errors.
type failing struct {
	mu    sync.Mutex
	errs  []error
	calls int
}

func (f *failing) React(any) (handled bool, ret any, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if len(f.errs) == 0 {
		return false, nil, nil
	}
	err = f.errs[0]
	f.errs = f.errs[1:]
	return true, nil, err
}

func (f *failing) called() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// failingQueue makes a queue of a service that answers one kind of calls so.
func failingQueue(t *testing.T, call string, errs ...error) (*Driver, *failing, *service) {
	t.Helper()
	f := &failing{errs: errs}
	s := serve(t, pstest.ServerReactorOption{FuncName: call, Reactor: f})
	return s.open(t, s.declare(t, 60, nil)), f, s
}

func TestSendTriesOnlyWhatWasCertainlyNotStored(t *testing.T) {
	t.Parallel()
	throttled, away := status.Error(codes.ResourceExhausted, "slow down"), status.Error(codes.Unavailable, "away")
	for name, c := range map[string]struct {
		errs   []error
		calls  int
		stored int
		kind   queue.Kind
	}{
		"throttled, then not": {[]error{throttled, throttled}, 3, 2, queue.KindUnknown},
		"throttled for good":  {[]error{throttled, throttled, throttled}, 3, 0, queue.KindThrottled},
		"away":                {[]error{away}, 1, 0, queue.KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, f, s := failingQueue(t, "Publish", c.errs...)
			err := d.Send(t.Context(), []queue.Message{{ID: "first", Body: []byte("a")}, {ID: "second", Body: []byte("b")}})
			require.Equal(t, c.kind.String(), d.Kind(err).String(), "%v", err)
			require.Equal(t, c.stored > 0, err == nil, "%v", err)
			require.Equal(t, c.calls, f.called())
			require.Len(t, s.Messages(), c.stored)
			if err != nil {
				require.ErrorContains(t, err, `2 messages from "first" on: `)
			}
		})
	}
}

// half answers for fewer messages than were sent.
type half struct{}

func (half) React(any) (handled bool, ret any, err error) {
	return true, &pubsubpb.PublishResponse{MessageIds: []string{"1"}}, nil
}

func TestAnAnswerForFewerMessagesIsNoSuccess(t *testing.T) {
	t.Parallel()
	s := serve(t, pstest.ServerReactorOption{FuncName: "Publish", Reactor: half{}})
	d := s.open(t, s.declare(t, 60, nil))
	err := d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}, {ID: "b", Body: []byte("b")}})
	require.ErrorIs(t, err, errUnanswered)
	require.Equal(t, queue.KindUnavailable, d.Kind(err))
}

func TestSendStopsAfterAFailure(t *testing.T) {
	t.Parallel()
	d, f, _ := failingQueue(t, "Publish", slices.Repeat([]error{status.Error(codes.PermissionDenied, "no")}, 100)...)
	err := d.Send(t.Context(), make([]queue.Message, 100*batchMessages))
	require.Equal(t, queue.KindDenied, d.Kind(err))
	require.LessOrEqual(t, f.called(), 2*sendWindow, "those under way end, no others begin")
}
