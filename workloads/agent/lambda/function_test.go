package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// request is what the test's own function is told to do.
type request struct {
	Do string `json:"do"`
}

// TestMain lets the test binary play the function, on the real Lambda library.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("LAMBDA_TEST_BROKEN") != "":
		os.Exit(4)
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		awslambda.Start(handle)
	default:
		os.Exit(m.Run())
	}
}

func handle(_ context.Context, r request) (string, error) {
	switch r.Do {
	case "fail":
		return "", errors.New("it was asked to")
	case "hang":
		time.Sleep(time.Minute)
	case "crash":
		os.Exit(5)
	case "wait":
		time.Sleep(300 * time.Millisecond)
	}
	return fmt.Sprintf("did %s in process %d", r.Do, os.Getpid()), nil
}

// host is the agent around a function.
type host struct {
	dir, address string
	broken       bool
}

func (h *host) FunctionProgram(api.Function) string { return os.Args[0] }
func (h *host) FunctionEnvironment(_ api.Function, path string) []string {
	env := []string{"AWS_LAMBDA_RUNTIME_API=" + h.address + path}
	if h.broken {
		env = append(env, "LAMBDA_TEST_BROKEN=yes")
	}
	return env
}
func (h *host) FunctionLog(f api.Function) string { return filepath.Join(h.dir, f.Name+".log") }
func (h *host) Changed()                          {}

func serve(t *testing.T, spec api.Function, broken bool) *Function {
	t.Helper()
	routes := NewRoutes()
	mux := http.NewServeMux()
	routes.Register(mux)
	srv := httptest.NewServer(mux)
	h := &host{dir: t.TempDir(), address: strings.TrimPrefix(srv.URL, "http://"), broken: broken}
	f := New(spec, h, routes, slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() { f.Close(); srv.CloseClientConnections(); srv.Close() })
	return f
}

func spec() api.Function {
	return api.Function{Name: "test", TimeoutSeconds: 20, Concurrency: 2}
}

func invoke(t *testing.T, f *Function, do string) (Answer, error) {
	t.Helper()
	return f.Invoke(context.Background(), []byte(`{"do":"`+do+`"}`))
}

func TestAFunctionAnswersAndItsInstanceIsUsedAgain(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), false)
	first, err := invoke(t, f, "this")
	require.NoError(t, err)
	assert.False(t, first.Failed)
	assert.Contains(t, string(first.Body), "did this in process")
	second, err := invoke(t, f, "this")
	require.NoError(t, err)
	assert.Equal(t, string(first.Body), string(second.Body), "the same process")
	assert.Equal(t, 2, f.Status().Calls)
}

func TestAHandlersErrorIsAnAnswerThatFailed(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), false)
	a, err := invoke(t, f, "fail")
	require.NoError(t, err)
	assert.True(t, a.Failed)
	assert.Contains(t, string(a.Body), "it was asked to")
	assert.Equal(t, 1, f.Status().Errors)
}

func TestACallThatTakesTooLongIsEndedAndTheNextOneWorks(t *testing.T) {
	t.Parallel()
	s := spec()
	s.TimeoutSeconds = 1
	f := serve(t, s, false)
	a, err := invoke(t, f, "hang")
	require.NoError(t, err)
	assert.True(t, a.Failed)
	assert.Contains(t, string(a.Body), "Task timed out after 1.00 seconds")

	f.Update(spec())
	a, err = invoke(t, f, "this")
	require.NoError(t, err)
	assert.Contains(t, string(a.Body), "did this", "a new process answers")
}

func TestACrashIsAnAnswerAndTheNextCallWorks(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), false)
	a, err := invoke(t, f, "crash")
	require.NoError(t, err)
	assert.True(t, a.Failed)
	assert.Contains(t, string(a.Body), "exit status 5")
	a, err = invoke(t, f, "this")
	require.NoError(t, err)
	assert.False(t, a.Failed)
}

func TestConcurrencyIsKept(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), false)
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 6 {
		wg.Go(func() {
			a, err := invoke(t, f, "wait")
			if assert.NoError(t, err) && assert.False(t, a.Failed) {
				mu.Lock()
				answers[string(a.Body)]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, len(answers), 2, "no more than two processes for six calls: %v", answers)
	total := 0
	for _, n := range answers {
		total += n
	}
	assert.Equal(t, 6, total)
}

func TestAProgramThatCannotStartIsSaid(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), true)
	_, err := invoke(t, f, "this")
	assert.ErrorContains(t, err, "exit status 4")
	assert.ErrorContains(t, err, "test.log")
}

func TestADeletedFunctionTakesNoCalls(t *testing.T) {
	t.Parallel()
	f := serve(t, spec(), false)
	_, err := invoke(t, f, "this")
	require.NoError(t, err)
	f.Close()
	_, err = invoke(t, f, "this")
	assert.ErrorContains(t, err, "being deleted")
}
