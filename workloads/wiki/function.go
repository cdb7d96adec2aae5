package wiki

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"time"
)

const (
	// callBudget is how long a call may take whose caller sets no time.
	callBudget = 20 * time.Second
	// answerMargin is what is left of a call for its answer, which says what
	// went wrong: a program that Lambda ends has said nothing.
	answerMargin = 500 * time.Millisecond
	// answerShare bounds it to a part of a short call.
	answerShare = 10
)

// FunctionOptions of a function. The zero value is ready to use.
type FunctionOptions struct {
	// Log takes what Wikipedia could not answer; nil: JSON on standard error.
	Log *slog.Logger
	// Now is the clock of what is kept of answers; nil: time.Now.
	Now func() time.Time
}

// Function answers requests, and keeps answers for an hour.
type Function struct {
	client *Client
	log    *slog.Logger
	cache  *cache
}

// NewFunction makes a function that asks with a client.
func NewFunction(c *Client, o FunctionOptions) *Function {
	if o.Log == nil {
		o.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Function{client: c, log: o.Log, cache: newCache(o.Now)}
}

// Handle answers a payload, which is a Request. Whatever goes wrong is a
// Response, too, and there is never an error. It is an event.Handler.
func (f *Function) Handle(ctx context.Context, payload json.RawMessage) (any, error) {
	request, err := ParseRequest(payload)
	if err != nil {
		return failure(err), nil
	}
	ctx, cancel := leaveMargin(ctx)
	defer cancel()
	answer, err := f.lookup(ctx, request)
	if err != nil {
		response := failure(err)
		if response.isUpstreams() {
			f.log.WarnContext(ctx, "Wikipedia did not answer", "entity", request.Entity, "lang", request.Lang, "status", response.StatusCode, "error", err)
		}
		return response, nil
	}
	return success(answer), nil
}

// lookup asks for what is not kept.
func (f *Function) lookup(ctx context.Context, r Request) (Answer, error) {
	if kept, ok := f.cache.get(r); ok {
		if kept.absent != nil {
			return Answer{}, kept.absent
		}
		return kept.answer, nil
	}
	answer, err := f.client.Lookup(ctx, r)
	absent := (*NotFoundError)(nil)
	if errors.As(err, &absent) || err == nil && answer.isWhole() {
		f.cache.put(r, outcome{answer, absent})
	}
	return answer, err
}

// isWhole: Wikipedia has said all that was asked.
func (a Answer) isWhole() bool { return !a.Ambiguous || len(a.MayReferTo) > 0 }

// leaveMargin ends ctx while there is still time to answer.
func leaveMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, callBudget)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(answerMargin, time.Until(deadline)/answerShare)))
}
