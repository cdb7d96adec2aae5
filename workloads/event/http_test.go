package event_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// post has the function answer a POST.
func post(h http.Handler, body io.Reader) *http.Response {
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("Traceparent", traceParent)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyText(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

func TestACallByHTTPIsAnswered(t *testing.T) {
	t.Parallel()
	f := function(event.Typed(func(ctx context.Context, o order) (map[string]string, error) {
		if o.Name == "leave" {
			runtime.Goexit()
		}
		return greet(ctx, o)
	}))
	internal := `{"error":"internal error","requestId":"0af7651916cd43dd8448eb211c80319c"}`
	for name, c := range map[string]struct {
		body      string
		status    int
		want      string
		errorType string
	}{
		"an answer":               {`{"name":"<Ann>"}`, 200, `{"hello":"<Ann>"}`, ""},
		"no body":                 {" \n", 400, `{"error":"body is empty, want JSON"}`, ""},
		"no JSON":                 {`name`, 400, `{"error":"payload of 4 bytes is not JSON"}`, "errorString"},
		"another type":            {`{"name":1}`, 400, `{"error":"json: cannot unmarshal number into Go struct field order.Name of type string"}`, "UnmarshalTypeError"},
		"the handler's bad input": {`{}`, 400, `{"error":"no such order \"\""}`, "orderError"},
		"an error inside":         {`{"name":"fail"}`, 500, internal, "InternalError"},
		"a panic":                 {`{"name":"panic"}`, 500, internal, "InternalError"},
		"a goroutine that ends":   {`{"name":"leave"}`, 500, internal, "InternalError"},
		"too much":                {`"` + strings.Repeat("x", event.MaxBodyBytes) + `"`, 413, `{"error":"body is over 16777216 bytes, put large inputs on a volume or in a bucket"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := post(f, strings.NewReader(c.body))
			assert.Equal(t, c.status, got.StatusCode)
			assert.Equal(t, c.want, bodyText(t, got))
			assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
			assert.Equal(t, c.errorType, got.Header.Get(event.ErrorTypeHeader))
		})
	}
}

func TestOnlyAPOSTCallsTheFunction(t *testing.T) {
	t.Parallel()
	f := function(func(context.Context, json.RawMessage) (any, error) { panic("it was called") })
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(method, "/", strings.NewReader(`{}`)))
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "POST", w.Header().Get("Allow"), method)
	}
}

func TestABodyThatBreaksOffIsBadInput(t *testing.T) {
	t.Parallel()
	got := post(function(event.Typed(greet)), io.MultiReader(strings.NewReader(`{"name":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	assert.Equal(t, http.StatusBadRequest, got.StatusCode)
	assert.Equal(t, `{"error":"body did not come in whole: unexpected EOF"}`, bodyText(t, got))
}

func TestAnAnswerByHTTPThatIsNotJSONIsAnErrorInside(t *testing.T) {
	t.Parallel()
	got := post(function(func(context.Context, json.RawMessage) (any, error) { return func() {}, nil }), strings.NewReader(`{}`))
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
	assert.Contains(t, bodyText(t, got), "internal error")
}

func TestABodyThatLooksLikeWhatLambdaHandsOverIsAPayload(t *testing.T) {
	t.Parallel()
	echo := function(func(_ context.Context, p json.RawMessage) (any, error) { return p, nil })
	for _, body := range []string{batch("inner", `{}`), request("POST", `{}`, false)} {
		got := post(echo, strings.NewReader(body))
		assert.Equal(t, http.StatusOK, got.StatusCode)
		assert.Equal(t, body, bodyText(t, got))
	}
}

func TestACallThatTakesTooLongIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]event.Handler{
		"a handler that heeds the time": func(ctx context.Context, _ json.RawMessage) (any, error) { <-ctx.Done(); return nil, ctx.Err() },
		"one that does not":             func(context.Context, json.RawMessage) (any, error) { <-time.After(20 * time.Second); return 1, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				f := event.New(h, event.Options{Timeout: 10 * time.Second, Log: quiet})
				got := post(f, strings.NewReader(`{}`))
				assert.Equal(t, http.StatusGatewayTimeout, got.StatusCode)
				assert.Contains(t, bodyText(t, got), `"error":"timed out after 10.00 seconds"`)
				assert.Equal(t, "TimeoutError", got.Header.Get(event.ErrorTypeHeader))
				assert.Equal(t, 9500*time.Millisecond, time.Since(start), "half a second is left for the answer")
				time.Sleep(20 * time.Second) // the patient one ends
			})
		})
	}
}

func TestAHandlersOwnErrorInTimeIsNoTimeout(t *testing.T) {
	t.Parallel()
	f := event.New(func(context.Context, json.RawMessage) (any, error) { return nil, context.DeadlineExceeded }, event.Options{Timeout: time.Minute, Log: quiet})
	assert.Equal(t, http.StatusInternalServerError, post(f, strings.NewReader(`{}`)).StatusCode)
}
