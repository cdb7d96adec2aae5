package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

// host is the agent around a function: the grid's own runtime API, as on one
// machine.
type host struct {
	program, url, log string
	environment       []string
}

func (h host) FunctionProgram(api.Function) string { return h.program }
func (h host) FunctionLog(api.Function) string     { return h.log }
func (h host) Changed()                            {}

func (h host) FunctionEnvironment(_ api.Function, path string) []string {
	return append(h.environment, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(h.url, "http://")+path)
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "wiki")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// newFunction runs the program as a function of the grid's agent.
func newFunction(t *testing.T, environment ...string) *lambda.Function {
	t.Helper()
	routes := lambda.NewRoutes()
	mux := http.NewServeMux()
	routes.Register(mux)
	server := httptest.NewServer(mux)
	h := host{program: build(t), url: server.URL, log: filepath.Join(t.TempDir(), "log"), environment: environment}
	f := lambda.New(api.Function{Name: "wiki", TimeoutSeconds: 20, Concurrency: 1}, h, routes, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		f.Close()
		server.Close()
	})
	return f
}

// newWiki is a Wikipedia on this machine, and its address for the program.
func newWiki(t *testing.T) (*wikitest.Wiki, string) {
	t.Helper()
	w := &wikitest.Wiki{}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, "SPOTGRID_WIKI_BASE_URL=" + server.URL + wikitest.BasePath
}

const answer = `{"statusCode":"200","headers":{"Content-type":"application/json"},"body":"{\"message\": \"Thing 1 is no. 1 of the things, e.g. for tests.\"}"}`

func TestTheGridsRuntimeAPIIsAnswered(t *testing.T) {
	t.Parallel()
	w, base := newWiki(t)
	f := newFunction(t, base, "SPOTGRID_WIKI_CONTACT=ops@example.org")
	for payload, want := range map[string]string{
		`{"entity":"Thing 1"}`:       answer,
		`{"entity":"No such thing"}`: `{"statusCode":"404","headers":{"Content-type":"application/json"},"body":"{\"message\": \"there is no article \\\"No such thing\\\" in the Wikipedia in \\\"en\\\"\"}"}`,
		`{}`:                         `{"statusCode":"400","headers":{"Content-type":"application/json"},"body":"{\"message\": \"bad request: entity is empty, want the title of an article\"}"}`,
	} {
		got, err := f.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err)
		assert.False(t, got.Failed)
		assert.Equal(t, want, string(got.Body))
	}
	assert.Contains(t, w.Seen()[0].UserAgent, "(ops@example.org)")
}

func TestAFunctionAnswersBeforeItsTimeIsOver(t *testing.T) {
	t.Parallel()
	w, base := newWiki(t)
	w.FailNext(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	routes := newFunction(t, base)
	routes.Update(api.Function{Name: "wiki", TimeoutSeconds: 2, Concurrency: 1})
	got, err := routes.Invoke(t.Context(), []byte(`{"entity":"Thing 1"}`))
	require.NoError(t, err)
	assert.False(t, got.Failed, "the platform had to end it: %s", got.Body)
	assert.True(t, strings.HasPrefix(string(got.Body), `{"statusCode":"504"`), string(got.Body))
}

func TestCloudRunIsAnswered(t *testing.T) {
	t.Parallel()
	_, base := newWiki(t)
	port := freePort(t)
	program := exec.CommandContext(t.Context(), build(t))
	program.Env = []string{"PORT=" + port, "K_SERVICE=wiki", base}
	program.Stderr = os.Stderr
	require.NoError(t, program.Start())
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	assert.Equal(t, answer, post(t, "http://127.0.0.1:"+port, `{"entity":"Thing 1"}`))
}

func TestABadEnvironmentIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	program := exec.CommandContext(t.Context(), build(t))
	program.Env = []string{"SPOTGRID_WIKI_BASE_URL=wikipedia", "SPOTGRID_WIKI_CONTACT=nobody"}
	out, err := program.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 1, program.ProcessState.ExitCode())
	assert.Contains(t, string(out), `base URL (SPOTGRID_WIKI_BASE_URL) is "wikipedia"`)
	assert.Contains(t, string(out), `contact (SPOTGRID_WIKI_CONTACT) is "nobody"`)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

// post calls the program, once it listens.
func post(t *testing.T, url, payload string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(payload))
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, ctx.Err(), "the program did not answer: %v", err)
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(body)
	}
}
