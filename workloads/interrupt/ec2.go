package interrupt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Timings of the poll.
const (
	// DefaultInterval is the time between two polls. EC2 gives two minutes of
	// notice and advises 5 s; a second costs nothing and wins four.
	DefaultInterval = time.Second
	// requestTimeout is for one request; the endpoint is on the same machine.
	requestTimeout = 2 * time.Second
	// tokenSeconds is the life of a session token, the longest IMDSv2 grants.
	tokenSeconds = 6 * 60 * 60
	// maxBodyBytes is the most that is read of an answer.
	maxBodyBytes = 16 << 10
)

// EC2BaseURL is where EC2 serves instance metadata.
const EC2BaseURL = "http://169.254.169.254"

// EC2 polls EC2's instance metadata service, version 2, or an endpoint of the
// same shape.
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
type EC2 struct{ o EC2Options }

var _ Source = (*EC2)(nil)

// EC2Options are what NewEC2 needs. Zero fields mean the defaults.
type EC2Options struct {
	// BaseURL is the part of the address before /latest, default EC2BaseURL.
	BaseURL string
	// Client sends the requests. Default: one that uses no proxy and follows
	// no redirect.
	Client *http.Client
	// Interval between two polls, default DefaultInterval. The actual one is
	// drawn from 75 % to 125 % of it, so that workers do not poll in step.
	Interval time.Duration
	Log      *slog.Logger
	// Now is the time, Rand a number in [0,1). Both are required.
	Now  func() time.Time
	Rand func() float64
}

// NewEC2 makes the source. The error says what is wrong with the base URL.
func NewEC2(o EC2Options) (*EC2, error) {
	if o.BaseURL == "" {
		o.BaseURL = EC2BaseURL
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("metadata URL is %q, want http://host:port/path", o.BaseURL)
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{
			Transport:     &http.Transport{MaxIdleConns: 1, IdleConnTimeout: 10 * o.Interval},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &EC2{o: o}, nil
}

// Watch polls until ctx ends. An endpoint that fails is logged when it starts
// to fail and when it answers again, not at every poll.
func (s *EC2) Watch(ctx context.Context) <-chan Notice {
	notices := make(chan Notice)
	go func() {
		defer close(notices)
		p := poller{EC2Options: s.o}
		var last Notice
		for ctx.Err() == nil {
			notice, err := p.poll(ctx)
			if ctx.Err() != nil {
				return
			}
			p.report(err)
			if err == nil && notice != (Notice{}) && notice != last {
				select {
				case notices <- notice:
					last = notice
				case <-ctx.Done():
				}
			}
			p.pause(ctx)
		}
	}()
	return notices
}

// poller is one Watch.
type poller struct {
	EC2Options
	token   string
	expires time.Time
	failing bool
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

// poll asks once. No notice is the zero Notice.
func (p *poller) poll(ctx context.Context) (Notice, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if p.token == "" || !p.Now().Before(p.expires) {
		if err := p.renew(ctx); err != nil {
			return Notice{}, fmt.Errorf("fetching metadata token: %w", err)
		}
	}
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {p.token}}
	status, body, err := p.request(ctx, http.MethodGet, "/latest/meta-data/spot/instance-action", header)
	if err != nil {
		return Notice{}, fmt.Errorf("fetching spot instance action: %w", err)
	}
	switch status {
	case http.StatusOK:
		return parseAction(body)
	case http.StatusNotFound:
		return Notice{}, nil
	case http.StatusUnauthorized:
		p.token = "" // it ran out, or the service was restarted
	}
	return Notice{}, fmt.Errorf("fetching spot instance action: status %d", status)
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

func parseAction(body []byte) (Notice, error) {
	var action struct {
		Action string    `json:"action"`
		Time   time.Time `json:"time"`
	}
	if err := json.Unmarshal(body, &action); err != nil {
		return Notice{}, fmt.Errorf("reading spot instance action: %w", err)
	}
	switch action.Action {
	case "terminate", "stop", "hibernate":
	default:
		return Notice{}, fmt.Errorf("reading spot instance action: action is %q, want terminate, stop or hibernate", action.Action)
	}
	if action.Time.IsZero() {
		return Notice{}, errors.New("reading spot instance action: it has no time")
	}
	return Notice{Action: action.Action, Deadline: action.Time, Source: "ec2"}, nil
}
