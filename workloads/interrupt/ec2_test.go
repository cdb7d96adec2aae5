package interrupt_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

// imds is a metadata service of EC2's shape whose state a test sets.
type imds struct {
	mu        sync.Mutex
	action    string // body of instance-action, "" for 404
	state     string // body of target-lifecycle-state, "" for 404
	rebalance string // body of the recommendation, "" for 404
	status    int    // answered to everything, 0 for normal service
	down      bool
	token     string // the only valid one, "" to grant "t1"
	grants    int
	polls     []time.Time
	requests  []string
	refused   int // requests while down
}

func (s *imds) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *imds) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/secret/latest"))
	const data = "/secret/latest/meta-data/"
	switch {
	case s.status != 0:
		http.Error(w, "out of order", s.status)
	case r.Method == http.MethodPut && r.URL.Path == "/secret/latest/api/token":
		if r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") != "21600" {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		s.grants++
		s.token = "t" + strings.Repeat("1", s.grants)
		w.Write([]byte(s.token))
	case r.Method != http.MethodGet || r.Header.Get("X-aws-ec2-metadata-token") != s.token:
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
	case r.URL.Path == data+"spot/instance-action":
		s.polls = append(s.polls, time.Now())
		say(w, s.action)
	case r.URL.Path == data+"autoscaling/target-lifecycle-state":
		say(w, s.state)
	case r.URL.Path == data+"events/recommendations/rebalance":
		say(w, s.rebalance)
	default:
		http.Error(w, "Bad Request", http.StatusBadRequest)
	}
}

// say answers 404 where there is nothing to say, as EC2 does.
func say(w http.ResponseWriter, body string) {
	if body == "" {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	w.Write([]byte(body))
}

// RoundTrip serves without a socket, so that time can be simulated.
func (s *imds) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	down := s.down
	if down {
		s.refused++
	}
	s.mu.Unlock()
	if down {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

func watch(t *testing.T, s *imds, change ...func(*interrupt.EC2Options)) (<-chan interrupt.Notice, *bytes.Buffer, func()) {
	t.Helper()
	var log bytes.Buffer
	o := interrupt.EC2Options{
		BaseURL: "http://metadata/secret/", Client: &http.Client{Transport: s},
		Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now, Rand: func() float64 { return 0.5 },
	}
	for _, f := range change {
		f(&o)
	}
	source, err := interrupt.NewEC2(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	return source.Watch(ctx), &log, cancel
}

const notice = `{"action":"terminate","time":"2026-03-01T12:02:00Z"}`

var want = interrupt.Notice{Action: "terminate", Deadline: time.Date(2026, 3, 1, 12, 2, 0, 0, time.UTC), Source: "ec2"}

func TestNoticeIsSentOnceWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{}
		notices, log, stop := watch(t, s)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Len(t, s.polls, 11, "one poll a second")
		s.set(func() { s.action = notice })
		announced := time.Now()
		assert.Equal(t, want, <-notices)
		assert.LessOrEqual(t, time.Since(announced), time.Second)

		select {
		case again := <-notices:
			t.Errorf("the notice was repeated: %v", again)
		case <-time.After(time.Minute):
		}
		s.set(func() { s.action = strings.Replace(notice, "terminate", "stop", 1) })
		assert.Equal(t, "stop", (<-notices).Action, "a changed notice is a new one")
		stop()
		_, open := <-notices
		assert.False(t, open, "the channel is closed when the context ends")
		assert.Empty(t, log.String())
	})
}

func TestTokenIsRenewedBeforeItRunsOutAndWhenRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{}
		notices, log, stop := watch(t, s)
		time.Sleep(7 * time.Hour)
		synctest.Wait()
		assert.Equal(t, 3, s.grants, "one token per three hours")
		assert.Empty(t, log.String())

		s.set(func() { s.token, s.action = "of another life", notice })
		assert.Equal(t, want, <-notices, "the service forgot the token")
		assert.Equal(t, 4, s.grants)
		stop()
		<-notices
	})
}

func TestFailuresAreLoggedOnceAndSurvived(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail  func(*imds)
		cause string
	}{
		"unreachable":        {func(s *imds) { s.down = true }, "connection refused"},
		"server error":       {func(s *imds) { s.status = 503 }, "status 503"},
		"not JSON":           {func(s *imds) { s.action = "<html>" }, "fetching spot instance action: reading it"},
		"unknown action":     {func(s *imds) { s.action = `{"action":"dance","time":"2026-03-01T12:02:00Z"}` }, `action is \"dance\"`},
		"time is no time":    {func(s *imds) { s.action = `{"action":"stop","time":"soon"}` }, "fetching spot instance action: reading it"},
		"time is missing":    {func(s *imds) { s.action = `{"action":"stop"}` }, "it has no time"},
		"endless rubbish":    {func(s *imds) { s.action = strings.Repeat("{", 1<<20) }, "fetching spot instance action: reading it"},
		"odd recommendation": {func(s *imds) { s.rebalance = `{"noticeTime":"soon"}` }, "fetching rebalance recommendation: reading it"},
		"redirect elsewhere": {func(s *imds) { s.status = 302 }, "status 302"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &imds{}
				c.fail(s)
				notices, log, stop := watch(t, s)
				select {
				case n := <-notices:
					t.Fatalf("a notice out of nothing: %v", n)
				case <-time.After(time.Minute):
				}
				synctest.Wait()
				assert.Equal(t, 1, strings.Count(log.String(), "cannot see interruption notices"))
				assert.Contains(t, log.String(), c.cause)
				assert.NotContains(t, log.String(), "/secret", "the address is not logged")

				s.set(func() { s.down, s.status, s.action, s.rebalance = false, 0, notice, "" })
				assert.Equal(t, want, <-notices)
				assert.Equal(t, 1, strings.Count(log.String(), "can be seen again"))
				stop()
				<-notices
			})
		})
	}
}

func TestNoticeOverRealHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&imds{action: notice})
	defer server.Close()
	source, err := interrupt.NewEC2(interrupt.EC2Options{BaseURL: server.URL + "/secret", Now: time.Now, Rand: func() float64 { return 0 }})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	assert.Equal(t, want, <-source.Watch(ctx))
}

func TestNewEC2RefusesABaseURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"metadata", "ftp://metadata", "http://", "http://a b"} {
		_, err := interrupt.NewEC2(interrupt.EC2Options{BaseURL: bad})
		assert.ErrorContains(t, err, "want http://host:port/path", bad)
	}
}
