package event_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
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
	function := event.New(event.Typed(func(ctx context.Context, o order) (any, error) { return o, nil }), event.Options{BadInput: badOrder, Log: quiet})
	f.Fuzz(func(t *testing.T, payload []byte) {
		out, err := function.Invoke(t.Context(), payload)
		if err == nil && !json.Valid(out) {
			t.Fatalf("answer of %q is %q", payload, out)
		}
	})
}

// FuzzServeHTTP does the same with what anybody may post.
func FuzzServeHTTP(f *testing.F) {
	for _, seed := range []string{``, `null`, `{"name":"Ann"}`, `{"name":"fail"}`, push(`{"name":"Ann"}`), push(``), push(`x`), `{"message":1,"subscription":"s"}`} {
		f.Add(seed)
	}
	known := []int{http.StatusOK, http.StatusNoContent, http.StatusBadRequest, http.StatusInternalServerError}
	function := event.New(event.Typed(greet), event.Options{BadInput: badOrder, Log: quiet})
	f.Fuzz(func(t *testing.T, body string) {
		got := post(function, strings.NewReader(body))
		if !slices.Contains(known, got.StatusCode) {
			t.Fatalf("status of %q is %d", body, got.StatusCode)
		}
		text := bodyText(t, got)
		if (text == "") != (got.StatusCode == http.StatusNoContent) || text != "" && !json.Valid([]byte(text)) {
			t.Fatalf("answer of %q is %d %q", body, got.StatusCode, text)
		}
	})
}
