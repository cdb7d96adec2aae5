// Package event lets one handler serve whatever a cloud hands a program: AWS
// Lambda by its runtime API, Cloud Run by HTTP.
//
// On Lambda a payload comes in one of three ways, and only the first is the
// payload itself:
//
//   - A direct call: by Lambda's API, by a schedule, or by `spotgrid invoke` of
//     a grid on one machine. The handler's answer is the call's, and so is its
//     error, by the name of its type.
//   - A batch of messages of a queue on SQS. Each message's body is a payload.
//     What fails is reported alone and comes back, the others are done.
//   - A call of the function's URL. The body of a POST is the payload.
//
// On Cloud Run it is always a POST, whose body is one of two:
//
//   - The payload itself: a call of the service's URL, by `spotgrid invoke` or
//     by Cloud Scheduler.
//   - A message that a subscription on Pub/Sub pushes, wrapped or not. Its data
//     is the payload. Any other answer than success brings it back.
//
// What a payload looks like decides which it is. On Lambda an object is a batch
// if it has "Records" that all say "eventSource":"aws:sqs" and name their
// messages, and a call of a URL if it has "version":"2.0" and a method at
// requestContext.http. On Cloud Run it is a push if it has a "message" with a
// "messageId" and a "subscription" like projects/P/subscriptions/S. Handlers
// cannot be called directly with payloads of these shapes. A payload inside a
// message or a body is never looked at in this way.
//
// A Function is an http.Handler, too. To run one under Google's Functions
// Framework for Go, on a developer's machine or wherever that is built by
// Google, nothing more is needed than to register it:
//
//	functions.HTTP("quote", event.New(handler, options).ServeHTTP)
package event

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// Handler answers one payload, whoever brings it. It is called for one payload
// at a time, unless it is deployed on Cloud Run with more calls per instance,
// and may be called again with one that it has answered.
//
// The context ends when the call's time does, for messages shortly before: a
// handler of messages that goes on regardless runs on beside the next call.
type Handler func(ctx context.Context, payload json.RawMessage) (any, error)

// Typed is a handler of payloads that decode into an In. Those that do not are
// bad input. How strict decoding is, In decides by its own UnmarshalJSON.
func Typed[In, Out any](h func(context.Context, In) (Out, error)) Handler {
	return func(ctx context.Context, payload json.RawMessage) (any, error) {
		var in In
		if err := json.Unmarshal(payload, &in); err != nil {
			return nil, &badPayload{err}
		}
		return h(ctx, in)
	}
}

// badPayload is what could not be decoded.
type badPayload struct{ err error }

func (e *badPayload) Error() string { return e.err.Error() }
func (e *badPayload) Unwrap() error { return e.err }

// Options of a function. The zero value is ready to use.
type Options struct {
	// BadInput tells which of the handler's errors are the caller's fault: a
	// caller of the URL reads these and no others. Payloads that do not decode
	// are bad input in any case. Nil: none.
	BadInput func(error) bool
	// Log takes what fails; nil: JSON on standard error, as the platform that
	// the program runs on reads it.
	Log *slog.Logger
	// Timeout is how long a call by HTTP may take, and the handler is told a
	// little earlier; 0: as long as the caller waits. Lambda tells it itself.
	// Start fills it from SPOTGRID_TIMEOUT_SECONDS.
	Timeout time.Duration
	// Project is the one on Google Cloud whose traces the log names; "": the
	// log has their bare IDs. Start fills it from GOOGLE_CLOUD_PROJECT.
	Project string
}

// Function serves a handler.
type Function struct {
	handler Handler
	options Options
}

var (
	_ lambda.Handler = (*Function)(nil)
	_ http.Handler   = (*Function)(nil)
)

// New makes a function of a handler.
func New(h Handler, o Options) *Function {
	if o.BadInput == nil {
		o.BadInput = func(error) bool { return false }
	}
	if o.Log == nil {
		o.Log = newLog(os.Getenv, os.Stderr)
	}
	return &Function{h, o}
}

// Start takes calls: over HTTP if Cloud Run started the program, until it ends
// it, else from Lambda's runtime API, for ever. A program that cannot serve, or
// is ended before a call is answered, logs why and has status 1.
func Start(h Handler, o Options) {
	if !onCloudRun(os.Getenv) {
		lambda.Start(New(h, o))
		return
	}
	if err := startHTTP(os.Getenv, h, o); err != nil {
		newLog(os.Getenv, os.Stderr).Error("function ended", "error", err)
		os.Exit(1)
	}
}

// Invoke implements lambda.Handler.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	switch kindOf(payload) {
	case batch:
		return f.invokeBatch(ctx, payload)
	case urlCall:
		return f.invokeURL(ctx, payload)
	}
	out, err := f.handler(ctx, payload)
	if bad := (*badPayload)(nil); errors.As(err, &bad) {
		return nil, bad.err // the caller sees the name of its type
	}
	if err != nil {
		return nil, err
	}
	return encode(out)
}

// handle answers a payload that came wrapped. A panic is an error here, since
// it must not take others' payloads with it.
func (f *Function) handle(ctx context.Context, payload json.RawMessage) (out any, err error) {
	if !json.Valid(payload) {
		return nil, &badPayload{fmt.Errorf("payload of %d bytes is not JSON", len(payload))}
	}
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, fmt.Errorf("handler panicked: %v", v)
			f.options.Log.ErrorContext(ctx, "handler panicked", "error", err, "stack", string(debug.Stack()))
		}
	}()
	return f.handler(ctx, payload)
}

// encode writes an answer as Lambda's own library does: without escaping HTML.
func encode(out any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, fmt.Errorf("encoding answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
