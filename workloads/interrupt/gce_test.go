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

func watchGCE(t *testing.T, s *gceMetadata, change ...func(*interrupt.GCEOptions)) (<-chan interrupt.Notice, *lockedLog, func()) {
	t.Helper()
	log := &lockedLog{}
	o := interrupt.GCEOptions{
		BaseURL: "http://metadata/secret/", Client: &http.Client{Transport: s},
		Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now, Rand: func() float64 { return 0.99 },
	}
	for _, f := range change {
		f(&o)
	}
	source, err := interrupt.NewGCE(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	return source.Watch(ctx), log, cancel
}

// lockedLog is written by two watchers at a time.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestPreemptionIsANoticeAtOnce(t *testing.T) {
	t.Parallel()
	for seconds, o := range map[time.Duration]func(*interrupt.GCEOptions){
		30:  func(*interrupt.GCEOptions) {},
		120: func(o *interrupt.GCEOptions) { o.NoticeSeconds = 120 },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newGCEMetadata()
			notices, log, stop := watchGCE(t, s, o)
			time.Sleep(10*time.Minute + 7*time.Second)
			s.set("preempted", "TRUE")
			announced := time.Now()
			assert.Equal(t, interrupt.Notice{Action: "terminate", Deadline: announced.Add(seconds * time.Second), Source: interrupt.SourceGCE}, <-notices)
			assert.Zero(t, time.Since(announced), "the server was waiting for that")

			select {
			case again := <-notices:
				t.Errorf("the notice was repeated: %v", again)
			case <-time.After(5 * time.Minute):
			}
			assert.Less(t, s.asked("preempted"), 20, "one request a minute")
			stop()
			_, open := <-notices
			assert.False(t, open, "the channel is closed when the context ends")
			assert.Empty(t, log.String())
		})
	}
}

func TestMaintenanceThatEndsTheMachineIsANotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newGCEMetadata()
		notices, log, stop := watchGCE(t, s)
		for _, event := range []string{"MIGRATE_ON_HOST_MAINTENANCE", "NONE"} {
			time.Sleep(time.Minute)
			s.set("maintenance-event", event)
		}
		select {
		case n := <-notices:
			t.Errorf("a machine that is moved goes on, but: %v", n)
		case <-time.After(time.Minute):
		}
		s.set("maintenance-event", "TERMINATE_ON_HOST_MAINTENANCE")
		assert.Equal(t, interrupt.Notice{Action: "terminate", Deadline: time.Now().Add(time.Minute), Source: interrupt.SourceMaintenance}, <-notices)
		s.set("preempted", "TRUE")
		assert.Equal(t, interrupt.SourceGCE, (<-notices).Source, "one does not hide the other")
		stop()
		<-notices
		assert.Empty(t, log.String())
	})
}

func TestPreemptionBeforeTheStartIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newGCEMetadata()
		s.set("preempted", "TRUE")
		start := time.Now()
		notices, _, stop := watchGCE(t, s)
		assert.Equal(t, interrupt.SourceGCE, (<-notices).Source)
		assert.Zero(t, time.Since(start))
		stop()
		<-notices
	})
}

func TestServerThatDoesNotWaitIsAskedOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newGCEMetadata()
		s.hasty = true
		notices, log, stop := watchGCE(t, s)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.InDelta(t, 60, s.asked("preempted"), 2)
		s.set("preempted", "TRUE")
		announced := time.Now()
		assert.Equal(t, interrupt.SourceGCE, (<-notices).Source)
		assert.LessOrEqual(t, time.Since(announced), time.Second)
		stop()
		<-notices
		assert.Empty(t, log.String())
	})
}

func TestGCEFailuresAreLoggedOnceAndSurvived(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail  func(*gceMetadata)
		cause string
	}{
		"unreachable":         {func(s *gceMetadata) { s.down = true }, "connection refused"},
		"server error":        {func(s *gceMetadata) { s.status = 503 }, "status 503"},
		"not there":           {func(s *gceMetadata) { s.status = 404 }, "status 404"},
		"redirect elsewhere":  {func(s *gceMetadata) { s.status = 302 }, "status 302"},
		"not Google's":        {func(s *gceMetadata) { s.foreign = true }, "not by Google's metadata server"},
		"another preemption":  {func(s *gceMetadata) { s.values["preempted"] = "SOON" }, `fetching preemption: it is \"SOON\", want TRUE or FALSE`},
		"another maintenance": {func(s *gceMetadata) { s.values["maintenance-event"] = "{}" }, `fetching maintenance event: it is \"{}\"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newGCEMetadata()
				notices, log, stop := watchGCE(t, s)
				time.Sleep(90 * time.Second)
				s.change(func() {
					c.fail(s)
					s.version["preempted"]++
					s.version["maintenance-event"]++
					s.requests = map[string]int{}
				})
				select {
				case n := <-notices:
					t.Fatalf("a notice out of nothing: %v", n)
				case <-time.After(time.Minute):
				}
				synctest.Wait()
				assert.Equal(t, 1, strings.Count(log.String(), "cannot see interruption notices"), log)
				assert.Contains(t, log.String(), c.cause)
				assert.NotContains(t, log.String(), "/secret", "the address is not logged")
				assert.LessOrEqual(t, max(s.asked("preempted"), s.asked("maintenance-event")), 62, "nobody hurries")

				s.change(func() {
					s.down, s.status, s.foreign = false, 0, false
					s.values = map[string]string{"preempted": "TRUE", "maintenance-event": "NONE"}
					s.version["preempted"]++
				})
				back := time.Now()
				assert.Equal(t, interrupt.SourceGCE, (<-notices).Source)
				assert.LessOrEqual(t, time.Since(back), time.Second)
				time.Sleep(2 * time.Second)
				synctest.Wait()
				assert.Equal(t, 1, strings.Count(log.String(), "can be seen again"), log)
				stop()
				<-notices
			})
		})
	}
}

func TestServerThatNeverAnswersIsAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		asked := 0
		var mu sync.Mutex
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			asked++
			mu.Unlock()
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-stuck:
				return nil, errors.New("closed")
			}
		})}
		notices, log, stop := watchGCE(t, newGCEMetadata(), func(o *interrupt.GCEOptions) { o.Client = client })
		time.Sleep(66 * time.Second)
		synctest.Wait()
		mu.Lock()
		assert.Equal(t, 4, asked, "two, and two again after 65 s")
		mu.Unlock()
		assert.Contains(t, log.String(), "deadline exceeded")
		stop()
		<-notices
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPreemptionOverRealHTTP(t *testing.T) {
	t.Parallel()
	s := newGCEMetadata()
	server := httptest.NewServer(s)
	defer server.Close()
	source, err := interrupt.NewGCE(interrupt.GCEOptions{BaseURL: server.URL + "/secret", Now: time.Now, Rand: func() float64 { return 0 }})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	notices := source.Watch(ctx)
	require.Eventually(t, func() bool { return s.asked("preempted") == 2 }, 5*time.Second, time.Millisecond, "it waits for a change")
	announced := time.Now()
	s.set("preempted", "TRUE")
	assert.Equal(t, interrupt.SourceGCE, (<-notices).Source)
	assert.Less(t, time.Since(announced), time.Second)
	cancel()
	for range notices { // until it is closed
	}
}

func TestNewGCERefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"metadata", "ftp://metadata", "http://", "http://a b"} {
		_, err := interrupt.NewGCE(interrupt.GCEOptions{BaseURL: bad})
		assert.ErrorContains(t, err, "want http://host:port/path", bad)
	}
	for _, bad := range []int{-1, 121} {
		_, err := interrupt.NewGCE(interrupt.GCEOptions{NoticeSeconds: bad})
		assert.ErrorContains(t, err, "want 1..120")
	}
}
