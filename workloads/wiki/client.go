package wiki

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks Wikipedia. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
	agent   string
	pace    *pace
}

// NewClient makes a client. The error has every fault of the options.
func NewClient(o Options) (*Client, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("asking Wikipedia: %w", err)
	}
	return &Client{
		options: o, agent: userAgent(o.Contact), pace: newPace(o),
		http: &http.Client{Transport: o.Transport, CheckRedirect: checkRedirect},
	}, nil
}

// Close closes connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// errRedirect marks a redirect that is not followed.
var errRedirect = errors.New("refused a redirect")

// checkRedirect follows redirects to another title, never to another host.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d of them", errRedirect, maxRedirects)
	}
	if first := via[0].URL; r.URL.Scheme != first.Scheme || r.URL.Host != first.Host {
		return fmt.Errorf("%w: it leads to %s://%s", errRedirect, r.URL.Scheme, r.URL.Host)
	}
	return nil
}

// base is the address of a wiki.
func (c *Client) base(lang string) string {
	return strings.TrimSuffix(strings.ReplaceAll(c.options.BaseURL, langMark, lang), "/")
}

// errNotFound is of an answer with the status 404.
var errNotFound = errors.New("not found")

// get asks once for JSON and decodes it into v. It returns errNotFound or an
// *UpstreamError.
func (c *Client) get(ctx context.Context, address string, v any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &UpstreamError{Err: err}
	}
	request.Header.Set("User-Agent", c.agent)
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return &UpstreamError{Temporary: !errors.Is(err, errRedirect), Err: withoutURL(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxAnswerBytes+1))
	pause := retryAfter(response.Header, c.options.Now())
	switch {
	case response.StatusCode == http.StatusNotFound:
		return errNotFound
	case response.StatusCode != http.StatusOK:
		return &UpstreamError{
			Status: response.StatusCode, RetryAfter: pause, Temporary: isTemporary(response.StatusCode),
			Err: fmt.Errorf("it answers %d %s", response.StatusCode, http.StatusText(response.StatusCode)),
		}
	case err != nil:
		return &UpstreamError{Temporary: true, Err: fmt.Errorf("reading its answer: %w", err)}
	case len(body) > MaxAnswerBytes:
		return &UpstreamError{Status: http.StatusOK, Err: fmt.Errorf("its answer is over %d bytes", MaxAnswerBytes)}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return &UpstreamError{Status: http.StatusOK, Err: fmt.Errorf("its answer of %d bytes is not of the form that is known: %w", len(body), err)}
	}
	return c.lagging(body, pause)
}

// lagPause is what MediaWiki wants of those that it tells nothing more precise.
const lagPause = 5 * time.Second

// lagging finds the error that MediaWiki answers with status 200 when its
// databases are behind.
// Source: https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
func (c *Client) lagging(body []byte, pause time.Duration) error {
	var e struct{ Error struct{ Code, Info string } }
	if json.Unmarshal(body, &e) != nil || e.Error.Code == "" {
		return nil
	}
	isLag := e.Error.Code == "maxlag" || e.Error.Code == "ratelimited"
	if isLag && pause == 0 {
		pause = lagPause
	}
	return &UpstreamError{
		Status: http.StatusOK, RetryAfter: pause, Temporary: isLag,
		Err: fmt.Errorf("it answers the error %s: %s", clip(e.Error.Code), clip(e.Error.Info)),
	}
}

// withoutURL drops what package http puts before each error: the method and an
// address that says nothing new.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
