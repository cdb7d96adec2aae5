package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Raw is a call whose body, or answer, is more than JSON.
type Raw struct {
	Method string
	// Path is below the base, without a slash in front.
	Path  string
	Query url.Values
	// Header is sent beside the token.
	Header http.Header
	// Body is sent, unless it is nil. It has BodyBytes bytes.
	Body      io.Reader
	BodyBytes int64
}

// Send makes one call and returns an answer that is a success, whose body the
// caller reads and closes. It takes as long as ctx lets it. It fails with what
// ClassOf knows, and so may reading the body.
func (c *Client) Send(ctx context.Context, call Raw) (*http.Response, error) {
	request, err := c.newRequest(ctx, call.Method, call.Path, call.Query, call.Body)
	if err != nil {
		return nil, err
	}
	for name, values := range call.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if call.Body != nil {
		request.ContentLength = call.BodyBytes
	}
	token, err := tokenWithin(ctx, c.tokens)
	if err != nil {
		return nil, err
	}
	token.SetAuthHeader(request)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return nil, refusal(answer.StatusCode, body)
}
