// Package metadata serves every worker an instance metadata endpoint in the
// shape of EC2's (IMDSv2), so that the code that watches for interruptions on
// this machine is the code that does on AWS.
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
package metadata

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxTokenSeconds is the longest life of an IMDSv2 token: six hours.
const maxTokenSeconds = 21600

// Server holds one endpoint per worker. Its zero value is not usable.
type Server struct {
	now func() time.Time

	mu        sync.Mutex
	endpoints map[string]*endpoint // by secret
	byWorker  map[string]string    // secret by worker
}

type endpoint struct {
	worker string
	end    time.Time            // when the worker is taken away; zero: never
	tokens map[string]time.Time // expiry by token
}

// New makes a server without endpoints.
func New(now func() time.Time) *Server {
	return &Server{now: now, endpoints: map[string]*endpoint{}, byWorker: map[string]string{}}
}

// Add makes an endpoint for a worker and returns the path it is served under.
// The path holds a secret: only that worker is told it.
func (s *Server) Add(worker string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := rand.Text()
	s.endpoints[secret] = &endpoint{worker: worker, tokens: map[string]time.Time{}}
	s.byWorker[worker] = secret
	return "/metadata/" + secret
}

// Remove drops a worker's endpoint.
func (s *Server) Remove(worker string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.endpoints, s.byWorker[worker])
	delete(s.byWorker, worker)
}

// Has reports whether the worker has an endpoint, that is, has not ended.
func (s *Server) Has(worker string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byWorker[worker] != ""
}

// Announce makes a worker's endpoint say that it is terminated at a time.
func (s *Server) Announce(worker string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.endpoints[s.byWorker[worker]]; e != nil {
		e.end = at
	}
}

// Register adds the routes.
func (s *Server) Register(mux *http.ServeMux) {
	mux.HandleFunc("PUT /metadata/{secret}/latest/api/token", s.token)
	mux.HandleFunc("GET /metadata/{secret}/latest/meta-data/spot/instance-action", s.action)
	mux.HandleFunc("GET /metadata/{secret}/latest/meta-data/instance-id", s.instanceID)
}

// token answers IMDSv2's session request.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.Atoi(r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds"))
	if err != nil || seconds < 1 || seconds > maxTokenSeconds {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.endpoints[r.PathValue("secret")]
	if e == nil {
		http.NotFound(w, r)
		return
	}
	for t, expiry := range e.tokens {
		if s.now().After(expiry) {
			delete(e.tokens, t)
		}
	}
	t := rand.Text()
	e.tokens[t] = s.now().Add(time.Duration(seconds) * time.Second)
	w.Header().Set("X-aws-ec2-metadata-token-ttl-seconds", strconv.Itoa(seconds))
	w.Write([]byte(t))
}

// find checks the token and returns a copy of the endpoint's state.
func (s *Server) find(w http.ResponseWriter, r *http.Request) (endpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.endpoints[r.PathValue("secret")]
	if e == nil {
		http.NotFound(w, r)
		return endpoint{}, false
	}
	if expiry, ok := e.tokens[r.Header.Get("X-aws-ec2-metadata-token")]; !ok || s.now().After(expiry) {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return endpoint{}, false
	}
	return *e, true
}

func (s *Server) action(w http.ResponseWriter, r *http.Request) {
	e, ok := s.find(w, r)
	if !ok {
		return
	}
	if e.end.IsZero() {
		http.NotFound(w, r) // as EC2 does until there is something to say
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{
		"action": "terminate", "time": e.end.UTC().Format(time.RFC3339),
	})
}

func (s *Server) instanceID(w http.ResponseWriter, r *http.Request) {
	if e, ok := s.find(w, r); ok {
		w.Write([]byte(e.worker))
	}
}
