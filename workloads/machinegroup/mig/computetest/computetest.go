// Package computetest stands in for Google Cloud in tests: a server that speaks
// the calls of Compute Engine's managed instance groups and of a machine's
// metadata that a grid makes, as their references describe them. It gives the
// tokens too, so that credentials are found as on a machine of Google Cloud.
package computetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
)

// Names that all tests use.
const (
	Project = "grid-project"
	Region  = "europe-west1"
	Zone    = "europe-west1-b"
	token   = "ya29.token"
)

// Machine is a machine of a group.
type Machine struct {
	Zone, Name string
	// Status is RUNNING, or "" for a machine that there is not yet.
	Status string
	// Action is what its group is about to do with it, default NONE.
	Action string
}

// Failure is an entry of a group's list of errors.
type Failure struct {
	At           time.Time
	Action, Code string
}

// Group is a managed instance group. Use it inside of Server.Change only.
type Group struct {
	Target   int
	Machines []Machine
	Failures []Failure
}

// Server stands in for Google Cloud.
type Server struct {
	URL    string
	mux    *http.ServeMux
	silent chan struct{}
	// preempted is closed by Preempt.
	preempted chan struct{}

	mu      sync.Mutex
	groups  map[string]*Group
	calls   []string
	refusal *refusal
}

type refusal struct {
	status int
	reason string
}

// New starts a server that ends with the test.
func New(t *testing.T) *Server {
	t.Helper()
	s := &Server{groups: map[string]*Group{}, mux: http.NewServeMux(), preempted: make(chan struct{})}
	s.routes()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Start is New, and points the libraries of this process to the server. The test
// cannot be parallel, its subtests can.
func Start(t *testing.T) *Server {
	t.Helper()
	s := New(t)
	for name, value := range s.Environment(t.TempDir()) {
		t.Setenv(name, value)
	}
	return s
}

// Environment are the variables that point a program to the server. Home is a
// folder without credentials.
func (s *Server) Environment(home string) map[string]string {
	return map[string]string{
		compute.EndpointVariable: s.URL + "/compute/v1", "GCE_METADATA_HOST": strings.TrimPrefix(s.URL, "http://"),
		"GOOGLE_APPLICATION_CREDENTIALS": "", "HOME": home,
	}
}

// Handle adds a call of another API. Its requests carry the token.
func (s *Server) Handle(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, h) }

// Add adds a group at a zone or a region, whose target is its machines.
func (s *Server) Add(location, name string, machines ...Machine) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &Group{Target: len(machines), Machines: machines}
	s.groups[key(location, name)] = g
	return g
}

func key(location, name string) string { return location + "/" + name }

// Change runs do while no call is answered.
func (s *Server) Change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// Refuse answers all calls but those for metadata with a status and a reason;
// status 0 ends that.
func (s *Server) Refuse(status int, reason string) {
	s.Change(func() {
		if s.refusal = (&refusal{status, reason}); status == 0 {
			s.refusal = nil
		}
	})
}

// Silence has no call answered any more. The channel is sent to for each.
func (s *Server) Silence() <-chan struct{} {
	c := make(chan struct{})
	s.Change(func() { s.silent = c })
	return c
}

// Preempt says in the metadata that the machine is being preempted. Call it once.
func (s *Server) Preempt() { close(s.preempted) }

// Calls are the calls so far, without those for metadata, such as
// "POST regions/europe-west1/instanceGroupManagers/workers/resize?size=3".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// ServeHTTP serves metadata to whoever asks in the right way, and the APIs to
// whoever has the token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path, isMetadata := strings.CutPrefix(r.URL.Path, "/computeMetadata/v1/"); isMetadata {
		s.metadata(w, r, path)
		return
	}
	s.mu.Lock()
	silent, refused := s.silent, s.refusal
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/compute/v1/projects/"+Project+"/")
	if size := r.URL.Query().Get("size"); size != "" {
		call += "?size=" + size
	}
	s.calls = append(s.calls, call)
	s.mu.Unlock()
	switch {
	case silent != nil:
		_, _ = io.Copy(io.Discard, r.Body) // before, the server does not notice a client that goes
		silent <- struct{}{}
		<-r.Context().Done()
	case r.Header.Get("Authorization") != "Bearer "+token:
		fail(w, http.StatusUnauthorized, "authError")
	case refused != nil:
		fail(w, refused.status, refused.reason)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

func (s *Server) metadata(w http.ResponseWriter, r *http.Request, path string) {
	w.Header().Set("Metadata-Flavor", "Google")
	switch {
	case r.Header.Get("Metadata-Flavor") != "Google":
		http.Error(w, "Missing Metadata-Flavor:Google header.", http.StatusForbidden)
	case path == "instance/preempted":
		s.tellPreempted(w, r)
	case path == "instance/maintenance-event":
		w.Header().Set("ETag", "never changes")
		if r.URL.Query().Get("wait_for_change") == "true" {
			<-r.Context().Done()
		}
		fmt.Fprint(w, "NONE")
	case path == "instance/zone":
		fmt.Fprintf(w, "projects/123456789012/zones/%s", Zone)
	case path == "instance/service-accounts/default/token":
		fmt.Fprintf(w, `{"access_token":%q,"expires_in":3599,"token_type":"Bearer"}`, token)
	default:
		http.NotFound(w, r)
	}
}

// tellPreempted waits for the preemption if it is asked to.
func (s *Server) tellPreempted(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("wait_for_change") == "true" {
		select {
		case <-s.preempted:
		case <-r.Context().Done():
		}
	}
	select {
	case <-s.preempted:
		w.Header().Set("ETag", "2")
		fmt.Fprint(w, "TRUE")
	default:
		w.Header().Set("ETag", "1")
		fmt.Fprint(w, "FALSE")
	}
}

// fail answers in the form of "Troubleshoot operation limits".
func fail(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	write(w, map[string]any{"error": map[string]any{
		"code": status, "message": "no", "errors": []any{map[string]any{"message": "no", "reason": reason, "domain": "usageLimits"}},
	}})
}

func write(w http.ResponseWriter, answer any) {
	_ = json.NewEncoder(w).Encode(answer) // the client notices
}
