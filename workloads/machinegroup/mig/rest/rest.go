// Package rest calls REST APIs of Google Cloud as whoever runs the program: the
// machine's service account, or a person who has logged in. Only drivers for
// services of Google Cloud import it.
//
// Google's own client of Compute Engine alone adds 13 MB to a program; of the
// APIs that it covers a grid needs half a dozen calls.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Limits of a call.
const (
	// answerTimeout is how long a service may take to answer one call, and whoever
	// gives the token may take for that.
	answerTimeout = 10 * time.Second
	// maxAnswerBytes is the most that is read of an answer: the list of a thousand
	// machines with their errors has about 2 MB.
	maxAnswerBytes = 16 << 20
)

// Options of a Client.
type Options struct {
	// Base is where the API is, such as https://compute.googleapis.com/compute/v1.
	// Plain HTTP is for loopback addresses alone: every call carries a token.
	Base string
	// Tokens authorizes the calls. Nil: application default credentials, which are
	// looked for when the first call is made.
	Tokens oauth2.TokenSource
	// HTTP sends the calls. Nil: one that follows no redirect, which would take the
	// token along.
	HTTP *http.Client
}

// Client calls one API. It is safe for concurrent use and does not retry.
type Client struct {
	base   string
	tokens oauth2.TokenSource
	http   *http.Client
}

// New makes a client. It calls nothing. The error says what is wrong with the
// base.
func New(o Options) (*Client, error) {
	if err := checkBase(o.Base); err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		o.Tokens = &applicationDefault{}
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Client{base: strings.TrimSuffix(o.Base, "/"), tokens: o.Tokens, http: o.HTTP}, nil
}

func checkBase(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("address of the API is malformed, want https://host/path")
	}
	isLoopback := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback) {
		return fmt.Errorf("address of the API is %s://%s, want https (http for this machine alone): calls carry a token", u.Scheme, u.Host)
	}
	return nil
}

// Call is one call of an API.
type Call struct {
	Method string
	// Path is below the base, without a slash in front.
	Path  string
	Query url.Values
	// In is sent as JSON, unless it is nil.
	In any
	// Out takes the JSON of the answer, unless it is nil.
	Out any
}

// Do makes one call. It fails with what ClassOf knows: *Error is an answer of the
// service.
func (c *Client) Do(ctx context.Context, call Call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	bound, cancel := context.WithTimeoutCause(ctx, answerTimeout, errNoAnswer)
	defer cancel()
	err := c.do(bound, call)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(context.Cause(bound), errNoAnswer):
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}

func (c *Client) do(ctx context.Context, call Call) error {
	request, err := c.request(ctx, call)
	if err != nil {
		return err
	}
	token, err := tokenWithin(ctx, c.tokens)
	if err != nil {
		return err
	}
	token.SetAuthHeader(request)
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(answer.StatusCode, body)
	}
	if call.Out == nil {
		return nil
	}
	if err := json.Unmarshal(body, call.Out); err != nil {
		return fmt.Errorf("%w: %w", errBadAnswer, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.In != nil {
		b, err := json.Marshal(call.In)
		if err != nil {
			return nil, fmt.Errorf("writing the request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	request, err := c.newRequest(ctx, call.Method, call.Path, call.Query, body)
	if err != nil {
		return nil, err
	}
	if call.In != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

func (c *Client) newRequest(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Request, error) {
	target := c.base + "/" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	return request, nil
}
