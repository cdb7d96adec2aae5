package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

const (
	// answerMargin is what is left of a call for its answer: a program that
	// Lambda ends has reported nothing, and the whole batch comes back.
	answerMargin = 500 * time.Millisecond
	// answerShare bounds it to a part of a short call.
	answerShare = 10
)

// errLeft is of a handler that ended its goroutine.
var errLeft = errors.New("handler did not return")

// invokeBatch answers with the messages that failed or were not reached: only
// these come back.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (f *Function) invokeBatch(ctx context.Context, payload []byte) ([]byte, error) {
	var e events.SQSEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("decoding batch of messages: %w", err)
	}
	ctx, cancel := leaveMargin(ctx)
	defer cancel()
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, m := range e.Records {
		if ctx.Err() != nil {
			f.options.Log.ErrorContext(ctx, "messages were not reached in time", "messages", len(e.Records)-i)
			answer.BatchItemFailures = append(answer.BatchItemFailures, failures(e.Records[i:])...)
			break
		}
		if _, err := f.within(ctx, bodyOf(m)); err != nil {
			f.options.Log.ErrorContext(ctx, "message failed", "message", m.MessageId, "deliveries", m.Attributes["ApproximateReceiveCount"], "error", err)
			answer.BatchItemFailures = append(answer.BatchItemFailures, failures(e.Records[i:i+1])...)
		}
	}
	return encode(answer)
}

func failures(messages []events.SQSMessage) []events.SQSBatchItemFailure {
	failed := make([]events.SQSBatchItemFailure, len(messages))
	for i, m := range messages {
		failed[i].ItemIdentifier = m.MessageId
	}
	return failed
}

// leaveMargin ends ctx while there is still time to answer.
func leaveMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(answerMargin, time.Until(deadline)/answerShare)))
}

// within answers a payload that came wrapped. It returns when ctx ends, whether
// the handler does or not.
func (f *Function) within(ctx context.Context, payload []byte) (any, error) {
	type result struct {
		out any
		err error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errLeft}
		defer func() { done <- r }()
		r.out, r.err = f.handle(ctx, payload)
	}()
	select {
	case r := <-done:
		return r.out, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("not done in time: %w", ctx.Err())
	}
}
