package interrupt_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// gceMetadata is a metadata server of Compute Engine's shape whose values a test
// sets.
type gceMetadata struct {
	mu       sync.Mutex
	values   map[string]string // by the last part of the path
	version  map[string]int    // what the ETags say
	changed  chan struct{}     // closed at a change
	status   int               // answered to everything, 0 for normal service
	down     bool
	hasty    bool // it does not wait for changes
	foreign  bool // it is none of Google's
	requests map[string]int
}

func newGCEMetadata() *gceMetadata {
	return &gceMetadata{
		values:  map[string]string{"preempted": "FALSE", "maintenance-event": "NONE"},
		version: map[string]int{}, changed: make(chan struct{}), requests: map[string]int{},
	}
}

func (s *gceMetadata) set(name, value string) {
	s.change(func() {
		s.values[name] = value
		s.version[name]++
	})
}

func (s *gceMetadata) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// asked is how often a value was asked for.
func (s *gceMetadata) asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[name]
}

// look returns what there is to answer, and a channel to wait on if it is what
// the asker knows.
func (s *gceMetadata) look(name, known string) (value, etag string, status int, wait <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	etag = "e" + strconv.Itoa(s.version[name])
	if known == etag && !s.hasty && s.status == 0 {
		wait = s.changed
	}
	return s.values[name], etag, s.status, wait
}

func (s *gceMetadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, "/secret/computeMetadata/v1/instance/")
	if !ok || r.Method != http.MethodGet || r.Header.Get("Metadata-Flavor") != "Google" {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	query := r.URL.Query()
	seconds, _ := strconv.Atoi(query.Get("timeout_sec"))
	known := query.Get("last_etag")
	if query.Get("wait_for_change") != "true" {
		known = "" // as the documentation has it, last_etag alone does nothing
	}
	s.mu.Lock()
	s.requests[name]++
	s.mu.Unlock()
	expired := time.After(time.Duration(seconds) * time.Second)
	value, etag, status, wait := s.look(name, known)
	for wait != nil {
		select {
		case <-wait:
			value, etag, status, wait = s.look(name, known)
		case <-expired:
			wait = nil
		case <-r.Context().Done():
			return
		}
	}
	if !s.foreign {
		w.Header().Set("Metadata-Flavor", "Google")
	}
	w.Header().Set("ETag", etag)
	if status != 0 {
		w.WriteHeader(status)
	}
	w.Write([]byte(value + "\n"))
}

// RoundTrip serves without a socket, so that time can be simulated.
func (s *gceMetadata) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	down := s.down
	if down {
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		s.requests[name]++
	}
	s.mu.Unlock()
	if down {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return w.Result(), nil
}
