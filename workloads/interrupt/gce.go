package interrupt

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Timings of Google's metadata.
const (
	// DefaultNoticeSeconds is how long a Spot VM goes on after its preemption was
	// announced. Source: "Spot VMs" in the documentation of Compute Engine,
	// "Preemption process": the shutdown period is up to 30 s.
	DefaultNoticeSeconds = 30
	// MaxNoticeSeconds is the longest that a VM can be given, with
	// preemptionNoticeDuration. Source: "Create and use Spot VMs".
	MaxNoticeSeconds = 120
	// maintenanceNotice is how long before a maintenance it is announced, at least.
	// Source: "Query metadata server for maintenance event notices".
	maintenanceNotice = 60 * time.Second
	// holdSeconds is for how long the server is asked to wait for a change. It
	// answers at once when there is one.
	holdSeconds = 60
	// holdMargin is how much later than that it may answer.
	holdMargin = 5 * time.Second
)

// GCEBaseURL is where Compute Engine serves instance metadata.
const GCEBaseURL = "http://metadata.google.internal"

// GCE watches the instance metadata of Compute Engine, or an endpoint of the same
// shape. Two requests are under way all the time, one for preemptions and one for
// maintenance events; the server answers each when there is a change. A server
// that answers at once, change or not, is asked about once a second.
// Source: "Query VM metadata" in the documentation of Compute Engine, "Wait for
// updates".
type GCE struct{ o GCEOptions }

var _ Source = (*GCE)(nil)

// GCEOptions are what NewGCE needs. Zero fields mean the defaults.
type GCEOptions struct {
	// BaseURL is the part of the address before /computeMetadata, default
	// GCEBaseURL.
	BaseURL string
	// Client sends the requests. Default: one that uses no proxy and follows no
	// redirect.
	Client *http.Client
	// NoticeSeconds is how long after its announcement a preemption happens, up to
	// MaxNoticeSeconds, default DefaultNoticeSeconds: the metadata do not tell.
	NoticeSeconds int
	// Interval is the most that passes between the beginnings of two requests for
	// the same thing when the server does not wait, default DefaultInterval. The
	// actual time is drawn from half of it to all of it.
	Interval time.Duration
	Log      *slog.Logger
	// Now is the time, Rand a number in [0,1). Both are required.
	Now  func() time.Time
	Rand func() float64
}

// NewGCE makes the source. The error says what is wrong with the base URL or the
// notice.
func NewGCE(o GCEOptions) (*GCE, error) {
	if o.BaseURL == "" {
		o.BaseURL = GCEBaseURL
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("metadata URL is %q, want http://host:port/path", o.BaseURL)
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if o.NoticeSeconds == 0 {
		o.NoticeSeconds = DefaultNoticeSeconds
	}
	if o.NoticeSeconds < 1 || o.NoticeSeconds > MaxNoticeSeconds {
		return nil, fmt.Errorf("notice seconds are %d, want 1..%d", o.NoticeSeconds, MaxNoticeSeconds)
	}
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: len(gceItems)},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &GCE{o: o}, nil
}

// Watch watches until ctx ends. Metadata that cannot be read are logged when that
// starts and when it ends, not at every try.
func (s *GCE) Watch(ctx context.Context) <-chan Notice {
	notices := make(chan Notice)
	health := &health{log: s.o.Log, failing: map[string]bool{}}
	var watching sync.WaitGroup
	for _, i := range gceItems {
		w := gceWatcher{GCEOptions: s.o, item: i, health: health}
		watching.Go(func() { w.watch(ctx, notices) })
	}
	go func() {
		watching.Wait()
		close(notices)
	}()
	return notices
}

// health tells once that something cannot be read, and once that all can.
type health struct {
	log     *slog.Logger
	mu      sync.Mutex
	failing map[string]bool // by what cannot be read
}

func (h *health) report(what string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		was := h.failing[what]
		delete(h.failing, what)
		if was && len(h.failing) == 0 {
			h.log.Info("interruption notices can be seen again")
		}
		return
	}
	if len(h.failing) == 0 {
		h.log.Warn("cannot see interruption notices, trying on", "error", fmt.Errorf("fetching %s: %w", what, err))
	}
	h.failing[what] = true
}
