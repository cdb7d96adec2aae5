package sqs

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

func TestReleaseDelayIsWhatSQSTakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ delay, held, want time.Duration }{
		"none":            {0, time.Minute, 0},
		"negative":        {-time.Second, 0, 0},
		"rounded up":      {1100 * time.Millisecond, 0, 2 * time.Second},
		"over 12 h":       {13 * time.Hour, 2 * time.Hour, 10*time.Hour - answerTimeout},
		"held for 12 h":   {time.Minute, 12 * time.Hour, 0},
		"held for longer": {time.Minute, 13 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, releaseDelay(c.delay, c.held))
		})
	}
}

func TestAnswerAfterTheLeaseDoesNotExtendIt(t *testing.T) {
	t.Parallel()
	d := talkingTo(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write([]byte("{}")) // the client notices
	}))
	at := time.Now()
	own := &receipt{handle: "a", received: at}
	own.Renew(at.Add(time.Second))
	d.now = func() time.Time { at = at.Add(600 * time.Millisecond); return at }
	require.ErrorIs(t, d.Extend(t.Context(), own), leaseclock.ErrLost)
	require.Equal(t, queue.KindLeaseLost, d.Kind(d.Release(t.Context(), own, 0)))
}

func TestReceiptsOfOtherDriversAreRefused(t *testing.T) {
	t.Parallel()
	d := talkingTo(t, http.NotFoundHandler())
	require.ErrorIs(t, d.Extend(t.Context(), "x"), errReceipt)
	require.ErrorIs(t, d.Ack(t.Context(), "x"), errReceipt)
	require.ErrorIs(t, d.Release(t.Context(), "x", 0), errReceipt)
}
