package interrupt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// poller is one Watch.
type poller struct {
	EC2Options
	token   string
	expires time.Time
	failing bool
	// isRecommended: a rebalance recommendation was seen and logged.
	isRecommended bool
}

func (p *poller) pause(ctx context.Context) {
	timer := time.NewTimer(time.Duration((0.75 + p.Rand()/2) * float64(p.Interval)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (p *poller) report(err error) {
	switch {
	case err != nil && !p.failing:
		p.Log.Warn("cannot see interruption notices, trying on", "error", err)
	case err == nil && p.failing:
		p.Log.Info("interruption notices can be seen again")
	}
	p.failing = err != nil
}

// poll asks once for everything and returns what is announced, beside an error
// if only some of it could be asked.
func (p *poller) poll(ctx context.Context) ([]Notice, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	if p.token == "" || !p.Now().Before(p.expires) {
		if err := p.renew(ctx); err != nil {
			return nil, fmt.Errorf("fetching metadata token: %w", err)
		}
	}
	var announced []Notice
	var errs []error
	for _, i := range items {
		n, err := p.ask(ctx, i)
		if err != nil {
			errs = append(errs, fmt.Errorf("fetching %s: %w", i.name, err))
		}
		if n != (Notice{}) {
			announced = append(announced, n)
		}
		if p.token == "" || errors.Is(err, errNoAnswer) {
			break // the others would fare no better
		}
	}
	return announced, errors.Join(errs...)
}

var errNoAnswer = errors.New("no answer")

// ask looks at one item. No notice is the zero Notice.
func (p *poller) ask(ctx context.Context, i item) (Notice, error) {
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {p.token}}
	status, body, err := p.request(ctx, http.MethodGet, i.path, header)
	switch {
	case err != nil:
		return Notice{}, fmt.Errorf("%w: %w", errNoAnswer, err)
	case status == http.StatusOK:
		return i.read(p, body)
	case status == http.StatusNotFound:
		return Notice{}, nil
	case status == http.StatusUnauthorized:
		p.token = "" // it ran out, or the service was restarted
	}
	return Notice{}, fmt.Errorf("status %d", status)
}

// renew fetches a token and plans the next one for half its life.
func (p *poller) renew(ctx context.Context) error {
	asked := p.Now()
	header := http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {strconv.Itoa(tokenSeconds)}}
	status, body, err := p.request(ctx, http.MethodPut, "/latest/api/token", header)
	if err != nil {
		return err
	}
	token := strings.TrimSpace(string(body))
	if status != http.StatusOK || token == "" || strings.ContainsAny(token, "\r\n") {
		return fmt.Errorf("status %d and a token of %d bytes", status, len(token))
	}
	p.token, p.expires = token, asked.Add(tokenSeconds*time.Second/2)
	return nil
}

func (p *poller) request(ctx context.Context, method, path string, header http.Header) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.BaseURL+path, nil)
	if err != nil {
		return 0, nil, err
	}
	r.Header = header
	answer, err := p.Client.Do(r)
	if err != nil {
		return 0, nil, hideURL(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBodyBytes))
	return answer.StatusCode, body, err
}

// hideURL drops the address from an error: a path may hold a secret.
func hideURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
