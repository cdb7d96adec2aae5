// Package run is the invoke driver for functions on Google Cloud Run, which
// package workloads/event serves: a function's name is its URL.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/idtoken"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/invoke"
)

const (
	// maxAnswerBytes is the most that Cloud Run sends of an answer.
	// Source: https://cloud.google.com/run/quotas
	maxAnswerBytes = 32 << 20
	// connectLimit is how long a connection may take: Google's front is near
	// everybody.
	connectLimit = 10 * time.Second
	// offlineToken is shown on this machine, to nobody who would believe it.
	offlineToken = "offline"
)

// Tokens gives what proves to a service who calls it: tokens of OpenID Connect
// for one audience, the service's URL.
type Tokens func(ctx context.Context, audience string) (oauth2.TokenSource, error)

// Options of a Driver. The zero value is ready to use.
type Options struct {
	// Endpoint takes all calls in the services' stead, such as
	// http://127.0.0.1:8080: for functions that are tried on this machine. It
	// must be a loopback address, and is shown no credentials. "": none.
	Endpoint string
	// Tokens are where tokens come from; nil: the application default
	// credentials. Not used with an Endpoint.
	Tokens Tokens
}

// Driver calls functions by their URL.
type Driver struct {
	client   *http.Client
	endpoint *url.URL // nil: the function's own URL
	tokens   Tokens

	mu      sync.Mutex
	sources map[string]oauth2.TokenSource // by audience
}

var _ invoke.Driver = (*Driver)(nil)

// New makes a driver. It calls nothing.
func New(o Options) (*Driver, error) {
	d := &Driver{client: newClient(), tokens: o.Tokens, sources: map[string]oauth2.TokenSource{}}
	if d.tokens == nil {
		d.tokens = defaultTokens
	}
	if o.Endpoint == "" {
		return d, nil
	}
	u, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	d.endpoint = u
	d.tokens = func(context.Context, string) (oauth2.TokenSource, error) {
		return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: offlineToken}), nil
	}
	return d, nil
}

// parseEndpoint takes what does not leave this machine. Names are not looked
// up: somebody else may answer for them.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err == nil && u.Scheme == "http" && u.User == nil && strings.TrimPrefix(u.Path, "/") == "" && u.RawQuery == "" {
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
			return u, nil
		}
	}
	return nil, fmt.Errorf("endpoint is %q, want a loopback address such as http://127.0.0.1:8080", endpoint)
}

// newClient follows no redirects: a token is for one service. Nor does it send
// anything twice, since Go repeats only what can be read anew.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: connectLimit}).DialContext
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// defaultTokens are those of the application default credentials.
func defaultTokens(ctx context.Context, audience string) (oauth2.TokenSource, error) {
	return idtoken.NewTokenSource(ctx, audience)
}

// Invoke implements invoke.Driver. function is an https URL.
func (d *Driver) Invoke(ctx context.Context, function string, payload []byte) (invoke.Answer, error) {
	u, err := parse(function)
	if err != nil {
		return invoke.Answer{}, err
	}
	token, err := d.token(ctx, audienceOf(u))
	if err != nil {
		return invoke.Answer{}, err
	}
	response, err := d.send(ctx, u, token, payload)
	if err != nil {
		return invoke.Answer{}, ended(ctx, &lostError{"calling the service", err})
	}
	defer response.Body.Close()
	a, err := read(response)
	if err != nil {
		return invoke.Answer{}, ended(ctx, err)
	}
	return a, nil
}

// ended puts the end of the caller's patience before what came of it.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// send posts the payload, once: what the function does may not bear a second
// time.
func (d *Driver) send(ctx context.Context, u *url.URL, token string, payload []byte) (*http.Response, error) {
	target := *u
	if d.endpoint != nil {
		target.Scheme, target.Host = d.endpoint.Scheme, d.endpoint.Host
	}
	// Without GetBody Go does not repeat the request on another connection.
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), io.NopCloser(bytes.NewReader(payload)))
	if err != nil {
		return nil, err
	}
	r.Host, r.ContentLength = u.Host, int64(len(payload))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	return d.client.Do(r)
}

// token proves who calls. It asks for it aside, since not all credentials heed
// a context.
func (d *Driver) token(ctx context.Context, audience string) (string, error) {
	type result struct {
		token *oauth2.Token
		err   error
	}
	done := make(chan result, 1)
	go func() {
		// Sources outlive this call, and so must their context.
		source, err := d.source(context.WithoutCancel(ctx), audience)
		if err != nil {
			done <- result{err: err}
			return
		}
		token, err := source.Token()
		done <- result{token, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		if r.err != nil {
			return "", fmt.Errorf("%w: %w", errNoToken, r.err)
		}
		return r.token.AccessToken, nil
	}
}

// source keeps one source for each audience.
func (d *Driver) source(ctx context.Context, audience string) (oauth2.TokenSource, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.sources[audience]; ok {
		return s, nil
	}
	s, err := d.tokens(ctx, audience)
	if err != nil {
		return nil, err
	}
	d.sources[audience] = oauth2.ReuseTokenSource(nil, s)
	return d.sources[audience], nil
}

// parse reads a function's URL: nothing but https, whatever is in the outputs,
// since the token and the payload go there.
func parse(function string) (*url.URL, error) {
	u, err := url.Parse(function)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the function is %q, %w", function, errName)
	}
	return u, nil
}

// audienceOf is a service's URL without a path, as Cloud Run wants it.
// Source: https://cloud.google.com/run/docs/authenticating/service-to-service
func audienceOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// read tells an answer from an error of the function's, and both from what
// Cloud Run says in its stead.
func read(response *http.Response) (invoke.Answer, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err == nil && len(body) > maxAnswerBytes {
		err = errors.New("it is over 32 MiB")
	}
	if err != nil {
		return invoke.Answer{}, &lostError{"reading the answer", err}
	}
	errorType := response.Header.Get(event.ErrorTypeHeader)
	switch {
	case response.StatusCode == http.StatusOK:
		return invoke.Answer{Body: body}, nil
	case errorType != "":
		return failed(errorType, body)
	}
	return invoke.Answer{}, refusal(response, body)
}

// Kind implements invoke.Driver.
func (d *Driver) Kind(err error) invoke.Kind { return kindOf(err) }

// Caps implements invoke.Driver. What functions log is in Cloud Logging.
func (d *Driver) Caps() invoke.Caps { return invoke.Caps{MaxPayloadBytes: event.MaxBodyBytes} }
