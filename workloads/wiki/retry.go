package wiki

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// try asks until there is an answer, an error that asking again does not mend,
// or no more time. It returns ctx's error, an *UpstreamError or what once does.
func (c *Client) try(ctx context.Context, once func(context.Context) error) error {
	for n := 1; ; n++ {
		if err := c.pace.wait(ctx); err != nil {
			return fmt.Errorf("waiting to ask Wikipedia: %w", err)
		}
		err := c.bounded(ctx, once)
		var failed *UpstreamError
		if err == nil || !errors.As(err, &failed) || !failed.Temporary {
			return err
		}
		if ctx.Err() != nil || n == maxTries {
			return err
		}
		pause := max(c.pauseAfter(n), failed.RetryAfter)
		if failed.RetryAfter > c.options.Patience || !c.hasTime(ctx, pause) {
			return err
		}
		if failed.RetryAfter > 0 { // meant for all that this client asks
			c.pace.pause(pause)
			continue
		}
		if c.options.Sleep(ctx, pause) != nil {
			return err
		}
	}
}

func (c *Client) bounded(ctx context.Context, once func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.TryTimeout)
	defer cancel()
	return once(ctx)
}

// pauseAfter is how long to wait after so many tries.
func (c *Client) pauseAfter(tries int) time.Duration {
	whole := min(firstPause<<(tries-1), maxPause)
	return whole/2 + time.Duration(c.options.Random()*float64(whole/2))
}

// hasTime reports whether a try is possible after a pause.
func (c *Client) hasTime(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || c.options.Now().Add(pause).Before(deadline)
}

// isTemporary are the statuses of overload and of proxies without a server.
func isTemporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter reads the header of that name: seconds or a time. 0 if there is
// none, or none that means anything.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		const day = 24 * 60 * 60
		return time.Duration(min(max(seconds, 0), day)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
