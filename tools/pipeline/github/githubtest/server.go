// Package githubtest is a server that keeps comments and issues of one repository
// as GitHub does, for tests: pages, authors and redirects included.
package githubtest

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Others is how many comments and issues of others there are, so that ours are on
// a second page.
const Others = 130

// Bot writes with a workflow's token.
const Bot = "github-actions[bot]"

// Marked is what somebody else's comments and a bot's pull requests begin with.
const Marked = "<!-- spotgrid:pull-request -->"

// Post is a comment or an issue.
type Post struct {
	ID     int64  `json:"id"`
	Number int    `json:"number"`
	Body   string `json:"body"`
	User   struct {
		Login string `json:"login"`
	} `json:"user"`
	PullRequest *struct{} `json:"pull_request,omitempty"`
}

// Server keeps what was written. Pull request 7 has the head abc of fork/r, 8 of a
// repository that is gone, 10 of the repository itself.
type Server struct {
	URL string // for GITHUB_API_URL; the repository is o/r

	t        testing.TB
	mu       sync.Mutex
	Comments []Post // of pull requests 7 and 10
	Issues   []Post
	State    map[int]string    // of issues by number: open or closed
	Writes   []string          // method and path of all calls that write
	Tokens   map[string]string // what came as Authorization, by "api" and "blob"
	Artifact []byte            // the zip of artifact release-a
	Expired  bool              // whether it has
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, State: map[int]string{}, Tokens: map[string]string{}}
	for i := range Others {
		other := Post{ID: int64(i + 1), Number: i + 1, Body: Marked + "\nnot ours"}
		other.User.Login = "somebody"
		s.Comments = append(s.Comments, other)
		other.PullRequest = &struct{}{}
		other.User.Login = Bot
		s.Issues = append(s.Issues, other)
		s.State[i+1] = "open"
	}
	web := httptest.NewServer(s.routes())
	t.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

// Getenv is the environment of a job of the repository o/r.
func (s *Server) Getenv(name string) string {
	return map[string]string{"GITHUB_API_URL": s.URL, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "token"}[name]
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	for _, pull := range []string{"7", "10"} {
		m.HandleFunc("GET /repos/o/r/issues/"+pull+"/comments", func(w http.ResponseWriter, r *http.Request) { page(w, r, s.Comments) })
		m.HandleFunc("POST /repos/o/r/issues/"+pull+"/comments", s.write(func(in Post, _ int) { s.add(&s.Comments, in) }))
	}
	m.HandleFunc("PATCH /repos/o/r/issues/comments/{id}", s.write(func(in Post, id int) { s.Comments[id-1].Body = in.Body }))
	m.HandleFunc("GET /repos/o/r/issues", s.listIssues)
	m.HandleFunc("POST /repos/o/r/issues", s.write(func(in Post, _ int) { s.add(&s.Issues, in) }))
	m.HandleFunc("POST /repos/o/r/issues/{id}/comments", s.write(func(Post, int) {}))
	m.HandleFunc("PATCH /repos/o/r/issues/{id}", s.patchIssue)
	m.HandleFunc("GET /repos/o/r/pulls/7", text(`{"head":{"sha":"abc","repo":{"full_name":"fork/r"}}}`))
	m.HandleFunc("GET /repos/o/r/pulls/8", text(`{"head":{"sha":"abc","repo":null}}`))
	m.HandleFunc("GET /repos/o/r/pulls/10", text(`{"head":{"sha":"abc","repo":{"full_name":"o/r"}}}`))
	m.HandleFunc("GET /repos/o/r/environments/aws-prod", text(`{"protection_rules":[{"type":"wait_timer"},{"type":"required_reviewers","reviewers":[{"type":"User"}]}]}`))
	m.HandleFunc("GET /repos/o/r/environments/gcp-prod", text(`{"protection_rules":[{"type":"branch_policy"},{"type":"required_reviewers","reviewers":[]}]}`))
	m.HandleFunc("GET /repos/o/r/environments/broken", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	m.HandleFunc("GET /repos/o/r/actions/artifacts", s.listArtifacts)
	m.HandleFunc("GET /repos/o/r/actions/artifacts/5/zip", s.redirect)
	m.HandleFunc("GET /blob", s.blob)
	return m
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
}

func (s *Server) add(to *[]Post, in Post) {
	in.ID, in.Number = int64(len(*to)+1), len(*to)+1
	in.User.Login = Bot
	*to = append(*to, in)
	s.State[in.Number] = "open"
}

func (s *Server) write(do func(in Post, id int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var in Post
		require.NoError(s.t, json.NewDecoder(r.Body).Decode(&in))
		s.Writes = append(s.Writes, r.Method+" "+r.URL.Path)
		id, _ := strconv.Atoi(r.PathValue("id"))
		do(in, id)
		json.NewEncoder(w).Encode(s.Issues[len(s.Issues)-1])
	}
}

func (s *Server) patchIssue(w http.ResponseWriter, r *http.Request) {
	var in struct{ Body, State string }
	require.NoError(s.t, json.NewDecoder(r.Body).Decode(&in))
	s.Writes = append(s.Writes, r.Method+" "+r.URL.Path)
	id, _ := strconv.Atoi(r.PathValue("id"))
	if in.Body != "" {
		s.Issues[id-1].Body = in.Body
	}
	if in.State != "" {
		s.State[id] = in.State
	}
	fmt.Fprint(w, "{}")
}

func (s *Server) listIssues(w http.ResponseWriter, r *http.Request) {
	var found []Post
	for _, i := range s.Issues {
		if s.State[i.Number] == r.URL.Query().Get("state") {
			found = append(found, i)
		}
	}
	page(w, r, found)
}

func page(w http.ResponseWriter, r *http.Request, all []Post) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((number-1)*size, len(all))
	json.NewEncoder(w).Encode(all[from:min(from+size, len(all))])
}

func (s *Server) listArtifacts(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("name") != "release-a" {
		fmt.Fprint(w, `{"artifacts":[]}`)
		return
	}
	fmt.Fprintf(w, `{"artifacts":[{"id":4,"expired":true},{"id":5,"expired":%t}]}`, s.Expired)
}

// redirect leads to another host, as GitHub does for what artifacts hold.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	s.Tokens["api"] = r.Header.Get("Authorization")
	other := url.URL{Scheme: "http", Host: "localhost:" + r.Host[len("127.0.0.1:"):], Path: "/blob"}
	http.Redirect(w, r, other.String(), http.StatusFound)
}

func (s *Server) blob(w http.ResponseWriter, r *http.Request) {
	s.Tokens["blob"] = r.Header.Get("Authorization")
	w.Write(s.Artifact)
}

// Zipped is a zip with one file.
func Zipped(t testing.TB, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	require.NoError(t, err)
	_, err = w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}
