package event_test

import (
	"context"
	"encoding/json"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// message is one of SQS, as Lambda hands it over.
func message(id, body string) events.SQSMessage {
	return events.SQSMessage{
		MessageId: id, Body: body, EventSource: "aws:sqs", Attributes: map[string]string{"ApproximateReceiveCount": "3"},
	}
}

// batch is a payload of messages, given as pairs of an ID and a body.
func batch(pairs ...string) string {
	var e events.SQSEvent
	for i := 0; i < len(pairs); i += 2 {
		e.Records = append(e.Records, message(pairs[i], pairs[i+1]))
	}
	return payloadOf(e)
}

func payloadOf(e any) string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// failed are the messages that come back.
func failed(t *testing.T, f *event.Function, ctx context.Context, payload string) []string {
	t.Helper()
	out, err := f.Invoke(ctx, []byte(payload))
	require.NoError(t, err)
	var answer events.SQSEventResponse
	require.NoError(t, json.Unmarshal(out, &answer))
	ids := []string{}
	for _, item := range answer.BatchItemFailures {
		ids = append(ids, item.ItemIdentifier)
	}
	return ids
}

func TestOfABatchOnlyWhatFailsComesBack(t *testing.T) {
	t.Parallel()
	var done []string
	f := function(event.Typed(func(ctx context.Context, o order) (any, error) {
		if o.Name == "leave" {
			runtime.Goexit()
		}
		out, err := greet(ctx, o)
		if err == nil {
			done = append(done, o.Name)
		}
		return out, err
	}))
	got := failed(t, f, t.Context(), batch(
		"1", `{"name":"Ann"}`, "2", `{"name":"fail"}`, "3", `{"name":"panic"}`, "4", `{"name":"leave"}`, "5", `not JSON`,
		"6", ``, "7", `{"name":7}`, "8", `{"name":"Bob"}`,
	))
	assert.Equal(t, []string{"2", "3", "4", "5", "6", "7"}, got)
	assert.Equal(t, []string{"Ann", "Bob"}, done)
}

func TestABatchThatIsDoneSaysSo(t *testing.T) {
	t.Parallel()
	out, err := function(event.Typed(greet)).Invoke(t.Context(), []byte(batch("1", `{"name":"Ann"}`)))
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[]}`, string(out))
}

func TestAMessageThatLooksLikeAnEventIsAPayload(t *testing.T) {
	t.Parallel()
	var got []string
	f := function(func(_ context.Context, p json.RawMessage) (any, error) {
		got = append(got, string(p))
		return nil, nil
	})
	inner := batch("inner", `{}`)
	assert.Empty(t, failed(t, f, t.Context(), batch("outer", inner)))
	assert.Equal(t, []string{inner}, got)
}

func TestABatchAnswersInTimeWithWhatItDidNotReach(t *testing.T) {
	t.Parallel()
	for name, patient := range map[string]bool{"a handler that heeds the time": false, "one that does not": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				var called atomic.Int32
				f := function(func(ctx context.Context, _ json.RawMessage) (any, error) {
					called.Add(1)
					work := time.After(4 * time.Second)
					if patient {
						<-work
						return nil, nil
					}
					select {
					case <-work:
						return nil, nil
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				})
				assert.Equal(t, []string{"3", "4", "5"}, failed(t, f, ctx, batch("1", `1`, "2", `2`, "3", `3`, "4", `4`, "5", `5`)))
				assert.Equal(t, 9500*time.Millisecond, time.Since(start), "half a second is left for the answer")
				assert.EqualValues(t, 3, called.Load())
				time.Sleep(4 * time.Second) // the patient one ends
			})
		})
	}
}

func TestTheMarginOfAShortCallIsATenthOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		f := function(func(ctx context.Context, _ json.RawMessage) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
		assert.Equal(t, []string{"1"}, failed(t, f, ctx, batch("1", `1`)))
		assert.Equal(t, 900*time.Millisecond, time.Since(start))
	})
}

func TestABatchThatDoesNotDecodeFailsWhole(t *testing.T) {
	t.Parallel()
	_, err := function(event.Typed(greet)).Invoke(t.Context(), []byte(`{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":1}]}`))
	assert.ErrorContains(t, err, "decoding batch of messages")
}
