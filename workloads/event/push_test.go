package event_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// push is the body of a push, as Pub/Sub documents it, with the members that it
// writes twice.
func push(data string) string {
	return fmt.Sprintf(`{"deliveryAttempt":5,"message":{"attributes":{"key":"value"},"data":%q,"messageId":"2070443601311540",
		"message_id":"2070443601311540","orderingKey":"key","publishTime":"2021-02-26T19:13:55.749Z","publish_time":"2021-02-26T19:13:55.749Z"},
		"subscription":"projects/acme-grid/subscriptions/calls"}`, base64.StdEncoding.EncodeToString([]byte(data)))
}

func TestAPushedMessageIsDoneOrComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data   string
		status int
	}{
		"done": {`{"name":"Ann"}`, 204}, "bad input": {`{}`, 400}, "not JSON": {"x", 400}, "empty": {"", 400},
		"failed": {`{"name":"fail"}`, 500}, "a panic": {`{"name":"panic"}`, 500},
	} {
		got := post(function(event.Typed(greet)), strings.NewReader(push(c.data)))
		assert.Equal(t, c.status, got.StatusCode, name)
		assert.Equal(t, c.status == 204, bodyText(t, got) == "", name)
	}
}

func TestAPushMayComeUnwrapped(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := event.New(event.Typed(greet), event.Options{Log: event.NewLog(cloudRun.get, &log), BadInput: badOrder})
	for body, status := range map[string]int{`{"name":"Ann"}`: 204, `{"name":"fail"}`: 500} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("x-goog-pubsub-message-id", "17")
		r.Header.Set("x-goog-pubsub-delivery-attempt", "3")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		assert.Equal(t, status, w.Code, body)
	}
	assert.Contains(t, log.String(), `"message":"message failed","messageId":"17","deliveries":3`)
	got := post(f, strings.NewReader(`{"name":"Ann"}`))
	assert.Equal(t, 200, got.StatusCode, "without metadata it is a call, whose success is one too")
}

func TestWhatOnlyLooksLikeAPushIsAPayload(t *testing.T) {
	t.Parallel()
	echo := function(func(_ context.Context, p json.RawMessage) (any, error) { return p, nil })
	for name, body := range map[string]string{
		"no message":         `{"subscription":"projects/p/subscriptions/s"}`,
		"no ID":              `{"message":{"data":""},"subscription":"projects/p/subscriptions/s"}`,
		"no subscription":    `{"message":{"messageId":"1"}}`,
		"one of its own":     `{"message":{"messageId":"1"},"subscription":"monthly"}`,
		"a text for message": `{"message":"hello","subscription":"projects/p/subscriptions/s"}`,
		"data of its own":    `{"message":{"messageId":"1","data":"%"},"subscription":"projects/p/subscriptions/s"}`,
		"a list":             `[]`,
	} {
		got := post(echo, strings.NewReader(body))
		assert.Equal(t, 200, got.StatusCode, name)
		assert.Equal(t, body, bodyText(t, got), name)
	}
}

func TestAMessageThatLooksLikeAPushIsAPayload(t *testing.T) {
	t.Parallel()
	var got []string
	f := function(func(_ context.Context, p json.RawMessage) (any, error) {
		got = append(got, string(p))
		return nil, nil
	})
	inner := push(`{}`)
	require.Equal(t, 204, post(f, strings.NewReader(push(inner))).StatusCode)
	assert.Equal(t, []string{inner}, got)
}
