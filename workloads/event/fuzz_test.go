package event_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// FuzzInvoke hands a function what Lambda never would: it neither panics nor
// answers with anything but JSON.
func FuzzInvoke(f *testing.F) {
	marked := message("2", "eyJ9")
	encoding := "base64"
	marked.MessageAttributes = map[string]events.SQSMessageAttribute{"spotgrid-encoding": {DataType: "String", StringValue: &encoding}}
	for _, seed := range []string{
		``, `null`, `{}`, `{"name":"Ann"}`, `[1]`, batch("1", `{"name":"Ann"}`), batch("1", `{"name":"panic"}`, "2", `x`),
		payloadOf(events.SQSEvent{Records: []events.SQSMessage{marked}}), request("POST", `{"name":"Ann"}`, false),
		request("POST", `e30=`, true), request("GET", ``, false), `{"Records":[{"eventSource":"aws:sqs","messageId":"1"}]}`,
	} {
		f.Add([]byte(seed))
	}
	quiet := event.Options{BadInput: badOrder, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	function := event.New(event.Typed(func(ctx context.Context, o order) (any, error) { return o, nil }), quiet)
	f.Fuzz(func(t *testing.T, payload []byte) {
		out, err := function.Invoke(t.Context(), payload)
		if err == nil && !json.Valid(out) {
			t.Fatalf("answer of %q is %q", payload, out)
		}
	})
}
