package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// order is what the function of these tests is called with.
type order struct {
	Name string
}

// orderError is the caller's fault.
type orderError struct{ name string }

func (e *orderError) Error() string { return fmt.Sprintf("no such order %q", e.name) }

var errInside = errors.New("password is hunter2")

// greet answers orders, and fails with some in ways of their own.
func greet(_ context.Context, o order) (map[string]string, error) {
	switch o.Name {
	case "":
		return nil, &orderError{o.Name}
	case "fail":
		return nil, errInside
	case "panic":
		panic(errInside)
	}
	return map[string]string{"hello": o.Name}, nil
}

func badOrder(err error) bool {
	bad := (*orderError)(nil)
	return errors.As(err, &bad)
}

// function serves a handler and logs to nowhere.
func function(h event.Handler) *event.Function {
	return event.New(h, event.Options{BadInput: badOrder, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func TestADirectCallHandsOnThePayloadTheAnswerAndTheError(t *testing.T) {
	t.Parallel()
	f := function(event.Typed(greet))
	out, err := f.Invoke(t.Context(), []byte(`{"name":"<Ann>"}`))
	require.NoError(t, err)
	assert.Equal(t, `{"hello":"<Ann>"}`, string(out))
	_, err = f.Invoke(t.Context(), []byte(`{"name":"fail"}`))
	assert.Equal(t, errInside, err)
	_, err = f.Invoke(t.Context(), []byte(`{}`))
	assert.IsType(t, &orderError{}, err, "callers see the name of the type")
	_, err = f.Invoke(t.Context(), []byte(`{"name":1}`))
	assert.IsType(t, &json.UnmarshalTypeError{}, err)
	assert.Panics(t, func() { _, _ = f.Invoke(t.Context(), []byte(`{"name":"panic"}`)) }, "which Lambda's library reports")
	_, err = function(func(context.Context, json.RawMessage) (any, error) { return func() {}, nil }).Invoke(t.Context(), []byte(`{}`))
	assert.ErrorContains(t, err, "encoding answer")
}

func TestWhatOnlyLooksLikeAnEventIsAPayload(t *testing.T) {
	t.Parallel()
	echo := function(func(_ context.Context, p json.RawMessage) (any, error) { return p, nil })
	for name, payload := range map[string]string{
		"a number":                   `1`,
		"a list":                     `[{"Records":[]}]`,
		"no records":                 `{"Records":[]}`,
		"records of something else":  `{"Records":[{"eventSource":"aws:s3","messageId":"1"}]}`,
		"one of them":                `{"Records":[{"eventSource":"aws:sqs","messageId":"1"},{"eventSource":"aws:sns","messageId":"2"}]}`,
		"a message without an ID":    `{"Records":[{"eventSource":"aws:sqs"}]}`,
		"records that are none":      `{"Records":"aws:sqs"}`,
		"a version of its own":       `{"version":"2.0"}`,
		"a call of an older version": `{"version":"1.0","requestContext":{"http":{"method":"POST"}}}`,
		"a method of its own":        `{"version":2,"requestContext":{"http":{"method":"POST"}}}`,
	} {
		out, err := echo.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err, name)
		assert.Equal(t, payload, string(out), name)
	}
}

// env is an environment.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func TestTheLogIsWhatLambdaReads(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := event.New(event.Typed(greet), event.Options{Log: event.NewLog(env{}.get, &log)})
	_, err := f.Invoke(t.Context(), []byte(batch("fails", `{"name":"fail"}`)))
	require.NoError(t, err)
	var line map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	assert.Equal(t, "ERROR", line["level"])
	assert.Equal(t, "fails", line["message"])
	assert.Equal(t, "3", line["deliveries"])
	assert.Equal(t, errInside.Error(), line["error"])
	assert.Contains(t, line, "timestamp")
	assert.NotContains(t, line, "time")
}
