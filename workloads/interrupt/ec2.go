package interrupt

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Timings of the poll.
const (
	// DefaultInterval is the time between two polls. EC2 gives two minutes of
	// notice and advises 5 s; a second costs nothing and wins four.
	DefaultInterval = time.Second
	// pollTimeout is for the requests of one poll; the endpoint is on the same
	// machine.
	pollTimeout = 2 * time.Second
	// tokenSeconds is the life of a session token, the longest IMDSv2 grants.
	tokenSeconds = 6 * 60 * 60
	// maxBodyBytes is the most that is read of an answer.
	maxBodyBytes = 16 << 10
)

// EC2BaseURL is where EC2 serves instance metadata.
const EC2BaseURL = "http://169.254.169.254"

// EC2 polls EC2's instance metadata service, version 2, or an endpoint of the
// same shape. It looks for spot interruptions, for the end that the machine's
// Auto Scaling group plans, and for rebalance recommendations, one after the
// other over one connection and with one token: three small requests a poll.
// What is not announced is not there (404), which is normal on machines that are
// no spot instances or in no group.
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
	// DrainOnRebalance makes a notice of a rebalance recommendation, which says
	// no more than that a spot interruption has become likelier. Default: it is
	// logged, once. A group with capacity rebalancing then starts another machine
	// first and takes this one away through its hook, which is a notice; a worker
	// that drained at once would leave its machine idle for that long, and one
	// without such a group would be gone though its machine may live on for days.
	DrainOnRebalance bool
	Log              *slog.Logger
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
		last := map[string]Notice{} // by source
		for ctx.Err() == nil {
			announced, err := p.poll(ctx)
			if ctx.Err() != nil {
				return
			}
			p.report(err)
			for _, n := range announced {
				if n == last[n.Source] {
					continue
				}
				select {
				case notices <- n:
					last[n.Source] = n
				case <-ctx.Done():
				}
			}
			p.pause(ctx)
		}
	}()
	return notices
}
