package wiki_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/wiki"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

// clock goes on only when somebody sleeps, and notes for how long. It is safe
// for concurrent use.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
}

func newClock() *clock { return &clock{now: time.Unix(1_000_000_000, 0).UTC()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.sleeps = append(c.sleeps, d)
	return context.Cause(ctx)
}

// Slept are all sleeps.
func (c *clock) Slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sleeps
}

// world is a Wikipedia on this machine and a client of it, whose clock is not
// the real one.
type world struct {
	*wikitest.Wiki
	*clock
	url    string
	client *wiki.Client
}

// newWorld makes one. Change, if not nil, changes the client's options.
func newWorld(t *testing.T, change func(*wiki.Options)) world {
	t.Helper()
	w := world{Wiki: &wikitest.Wiki{}, clock: newClock()}
	server := httptest.NewServer(w.Wiki)
	t.Cleanup(server.Close)
	w.url = server.URL
	o := wiki.Options{
		BaseURL: server.URL + wikitest.BasePath, Transport: server.Client().Transport,
		Now: w.Now, Sleep: w.Sleep, Random: func() float64 { return 0.5 },
	}
	if change != nil {
		change(&o)
	}
	var err error
	w.client, err = wiki.NewClient(o)
	require.NoError(t, err)
	return w
}

// function makes the world's function.
func (w world) function() *wiki.Function {
	return wiki.NewFunction(w.client, wiki.FunctionOptions{Log: slog.New(slog.DiscardHandler), Now: w.Now})
}

// call calls a function with a payload.
func call(ctx context.Context, t *testing.T, f *wiki.Function, payload string) wiki.Response {
	t.Helper()
	out, err := f.Handle(ctx, json.RawMessage(payload))
	require.NoError(t, err)
	return out.(wiki.Response)
}

// message is that of a response's body.
func message(t *testing.T, r wiki.Response) string {
	t.Helper()
	var body struct{ Message string }
	require.NoError(t, json.Unmarshal([]byte(r.Body), &body), "%s", r.Body)
	return body.Message
}

// hang answers when the caller is gone, which it does not wait for.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
