package event_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// request is a call of a function's URL.
func request(method, body string, isBase64 bool) string {
	return payloadOf(events.LambdaFunctionURLRequest{
		Version: "2.0", RawPath: "/", Body: body, IsBase64Encoded: isBase64,
		RequestContext: events.LambdaFunctionURLRequestContext{HTTP: events.LambdaFunctionURLRequestContextHTTPDescription{Method: method}},
	})
}

func TestACallOfTheURLIsAnsweredAsHTTP(t *testing.T) {
	t.Parallel()
	f := function(event.Typed(greet))
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	for name, c := range map[string]struct {
		payload string
		status  int
		body    string
	}{
		"an answer":               {request("POST", `{"name":"<Ann>"}`, false), 200, `{"hello":"<Ann>"}`},
		"a body in base64":        {request("POST", base64.StdEncoding.EncodeToString([]byte(`{"name":"Ann"}`)), true), 200, `{"hello":"Ann"}`},
		"no base64":               {request("POST", `{"name":"Ann"}`, true), 400, `{"error":"body is marked as base64, but is not"}`},
		"no body":                 {request("POST", ``, false), 400, `{"error":"body is empty, want JSON"}`},
		"no JSON":                 {request("POST", `name`, false), 400, `{"error":"payload of 4 bytes is not JSON"}`},
		"another type":            {request("POST", `{"name":1}`, false), 400, `{"error":"json: cannot unmarshal number into Go struct field order.Name of type string"}`},
		"the handler's bad input": {request("POST", `{}`, false), 400, `{"error":"no such order \"\""}`},
		"an error inside":         {request("POST", `{"name":"fail"}`, false), 500, `{"error":"internal error","requestId":"request-1"}`},
		"a panic":                 {request("POST", `{"name":"panic"}`, false), 500, `{"error":"internal error","requestId":"request-1"}`},
		"a GET":                   {request("GET", ``, false), 405, `{"error":"want a POST with the payload as its body"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := call(t, f, ctx, c.payload)
			assert.Equal(t, c.status, answer.StatusCode)
			assert.Equal(t, c.body, answer.Body)
			assert.Equal(t, "application/json", answer.Headers["content-type"])
			assert.False(t, answer.IsBase64Encoded)
			assert.Equal(t, map[bool]string{true: "POST"}[c.status == 405], answer.Headers["allow"])
		})
	}
}

func call(t *testing.T, f *event.Function, ctx context.Context, payload string) events.LambdaFunctionURLResponse {
	t.Helper()
	out, err := f.Invoke(ctx, []byte(payload))
	require.NoError(t, err)
	var answer events.LambdaFunctionURLResponse
	require.NoError(t, json.Unmarshal(out, &answer))
	return answer
}

func TestAnAnswerThatIsNotJSONIsAnErrorInside(t *testing.T) {
	t.Parallel()
	f := function(func(context.Context, json.RawMessage) (any, error) { return func() {}, nil })
	answer := call(t, f, t.Context(), request("POST", `{}`, false))
	assert.Equal(t, 500, answer.StatusCode)
	assert.Equal(t, `{"error":"internal error"}`, answer.Body)
}

func TestABodyThatLooksLikeABatchIsAPayload(t *testing.T) {
	t.Parallel()
	f := function(func(_ context.Context, p json.RawMessage) (any, error) { return p, nil })
	inner := batch("inner", `{}`)
	assert.Equal(t, inner, call(t, f, t.Context(), request("POST", inner, false)).Body)
}

func TestACallThatDoesNotDecodeFails(t *testing.T) {
	t.Parallel()
	_, err := function(event.Typed(greet)).Invoke(t.Context(), []byte(`{"version":"2.0","body":1,"requestContext":{"http":{"method":"POST"}}}`))
	assert.ErrorContains(t, err, "decoding call of the function's url")
}
