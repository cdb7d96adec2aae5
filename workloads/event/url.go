package event

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// problem is the body of an answer that is none.
type problem struct {
	Error string `json:"error"`
	// RequestID finds what the log says of an error that is not told.
	RequestID string `json:"requestId,omitempty"`
}

// invokeURL answers a call of the function's URL, in payload format 2.0: 200
// with the handler's answer, 400 for bad input, 405 for what is no POST, 500 for
// every other error, of which the caller learns nothing.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
func (f *Function) invokeURL(ctx context.Context, payload []byte) ([]byte, error) {
	var request events.LambdaFunctionURLRequest
	if err := json.Unmarshal(payload, &request); err != nil {
		return nil, fmt.Errorf("decoding call of the function's url: %w", err)
	}
	if request.RequestContext.HTTP.Method != http.MethodPost {
		return respond(http.StatusMethodNotAllowed, problem{Error: "want a POST with the payload as its body"})
	}
	body, err := requestBody(request)
	if err != nil {
		return respond(http.StatusBadRequest, problem{Error: err.Error()})
	}
	out, err := f.handle(ctx, body)
	if err != nil {
		return f.refuse(ctx, err)
	}
	answer, err := respond(http.StatusOK, out)
	if err != nil { // an answer that is not JSON
		return f.refuse(ctx, err)
	}
	return answer, nil
}

func requestBody(r events.LambdaFunctionURLRequest) ([]byte, error) {
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(r.Body)
		if err != nil {
			return nil, errors.New("body is marked as base64, but is not")
		}
		body = decoded
	}
	if len(body) == 0 {
		return nil, errors.New("body is empty, want JSON")
	}
	return body, nil
}

// isBad tells whether an error is the caller's fault, who then reads it.
func (f *Function) isBad(err error) bool {
	bad := (*badPayload)(nil)
	return errors.As(err, &bad) || f.options.BadInput(err)
}

// refuse answers an error.
func (f *Function) refuse(ctx context.Context, err error) ([]byte, error) {
	if f.isBad(err) {
		return respond(http.StatusBadRequest, problem{Error: err.Error()})
	}
	f.options.Log.ErrorContext(ctx, "call failed", "error", err)
	p := problem{Error: "internal error"}
	if call, ok := lambdacontext.FromContext(ctx); ok {
		p.RequestID = call.AwsRequestID
	}
	return respond(http.StatusInternalServerError, p)
}

func respond(status int, body any) ([]byte, error) {
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{"content-type": "application/json"}
	if status == http.StatusMethodNotAllowed {
		headers["allow"] = http.MethodPost
	}
	return encode(events.LambdaFunctionURLResponse{StatusCode: status, Headers: headers, Body: string(text)})
}
