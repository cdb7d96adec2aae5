package event

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"time"
)

const (
	// MaxBodyBytes is the most that a call by HTTP may hold. It is above the
	// largest message of Pub/Sub, 10 MB, wrapped in base64, and half of what
	// Cloud Run itself takes. Sources: https://cloud.google.com/pubsub/quotas
	// and https://cloud.google.com/run/quotas
	MaxBodyBytes = 16 << 20
	// bodyLimit is how long a body may take to come in: Cloud Run is near.
	bodyLimit = 30 * time.Second

	// ErrorTypeHeader is in an answer of a function that ran and failed, and
	// in no other: what a platform answers in its stead lacks it. It is the
	// name of the error's type if the input was bad, else InternalError or
	// TimeoutError.
	ErrorTypeHeader = "Spotgrid-Error-Type"
	internalError   = "InternalError"
	timeoutError    = "TimeoutError"
)

// call is one request on its way.
type call struct {
	*Function
	w   http.ResponseWriter
	log *slog.Logger
	// id finds what the log says of the call, "" if its caller gave none.
	id string
}

// ServeHTTP answers a call of the function's URL or a push of Pub/Sub. A call
// gets 200 with the handler's answer, 400 for bad input, 413 for too much of it,
// 405 for what is no POST, 504 for a handler that takes too long, and 500 for
// every other error, of which the caller learns nothing. A message is done with
// 204; Pub/Sub brings it back after any of the others.
func (f *Function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := traceOf(r.Header)
	c := call{Function: f, w: w, log: f.options.Log.With(t.attributes(f.options.Project)...), id: t.id}
	ctx, cancel := f.bounded(r.Context())
	defer cancel()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		c.respond(ctx, http.StatusMethodNotAllowed, problem{Error: "want a POST with the payload as its body"})
		return
	}
	body, status, err := c.body(r)
	if err != nil {
		c.respond(ctx, status, problem{Error: err.Error()})
		return
	}
	if m, ok := pushOf(r.Header, body); ok {
		c.message(ctx, m)
		return
	}
	out, err := f.within(ctx, body)
	if err != nil {
		if !f.isBad(err) { // else its caller is told
			c.log.ErrorContext(ctx, "call failed", "error", err)
		}
		c.refuse(ctx, err)
		return
	}
	c.respond(ctx, http.StatusOK, out)
}

// bounded ends ctx while there is still time to answer.
func (f *Function) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := f.options.Timeout
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit-min(answerMargin, limit/answerShare))
}

// body reads what was sent, or returns why not with the answer's status.
func (c *call) body(r *http.Request) ([]byte, int, error) {
	// Not every server can do this; those of Cloud Run and of tests can. It is
	// taken back, or the call would seem to be cancelled when it passes.
	control := http.NewResponseController(c.w)
	if control.SetReadDeadline(time.Now().Add(bodyLimit)) == nil {
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, r.Body, MaxBodyBytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("body is over %d bytes, put large inputs on a volume or in a bucket", large.Limit)
	}
	if err != nil {
		return nil, http.StatusBadRequest, fmt.Errorf("body did not come in whole: %w", err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, http.StatusBadRequest, errors.New("body is empty, want JSON")
	}
	return body, 0, nil
}

// message works a message. What the handler answers nobody reads.
func (c *call) message(ctx context.Context, m pushed) {
	if _, err := c.within(ctx, m.body); err != nil {
		c.log.ErrorContext(ctx, "message failed", "messageId", m.id, "deliveries", m.attempt, "error", err)
		c.refuse(ctx, err)
		return
	}
	c.w.WriteHeader(http.StatusNoContent)
}

// refuse answers an error of the handler's.
func (c *call) refuse(ctx context.Context, err error) {
	status, kind, p := http.StatusInternalServerError, internalError, problem{Error: "internal error", RequestID: c.id}
	switch {
	case c.isBad(err):
		status, kind, p = http.StatusBadRequest, typeName(err), problem{Error: err.Error()}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		status, kind = http.StatusGatewayTimeout, timeoutError
		p.Error = fmt.Sprintf("timed out after %.2f seconds", c.options.Timeout.Seconds())
	}
	c.w.Header().Set(ErrorTypeHeader, kind)
	c.respond(ctx, status, p)
}

// respond writes an answer. One that is not JSON is an error inside.
func (c *call) respond(ctx context.Context, status int, body any) {
	text, err := encode(body)
	if err != nil {
		c.log.ErrorContext(ctx, "call failed", "error", err)
		c.refuse(ctx, err)
		return
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	if _, err := c.w.Write(text); err != nil {
		c.log.WarnContext(ctx, "answer was not sent", "error", err)
	}
}

// typeName is what Lambda's own library calls an error.
func typeName(err error) string {
	if bad := (*badPayload)(nil); errors.As(err, &bad) {
		err = bad.err
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
