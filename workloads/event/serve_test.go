package event_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// TestMain lets the test binary play a function where Cloud Run is said to have
// started it. The function says when it is called, and then takes its time.
func TestMain(m *testing.M) {
	if os.Getenv("K_SERVICE") == "" {
		os.Exit(m.Run())
	}
	event.Start(func(_ context.Context, p json.RawMessage) (any, error) {
		os.Stdout.WriteString("called\n")
		<-time.After(300 * time.Millisecond)
		return p, nil
	}, event.Options{})
}

func TestWhereAProgramTakesItsCallsFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environment env
		want        bool
	}{
		"Cloud Run":             {cloudRun, true},
		"Lambda":                {env{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}, false},
		"an agent on Cloud Run": {env{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "PORT": "8080", "K_SERVICE": "agent"}, false},
		"a port alone":          {env{"PORT": "8080"}, false},
		"nowhere":               {env{}, false},
	} {
		assert.Equal(t, c.want, event.OnCloudRun(c.environment.get), name)
	}
}

func TestTheEnvironmentFillsWhatTheProgramLeftOpen(t *testing.T) {
	t.Parallel()
	e := env{"SPOTGRID_TIMEOUT_SECONDS": "30", "GOOGLE_CLOUD_PROJECT": "acme-grid"}
	o, err := event.WithEnvironment(event.Options{}, e.get)
	require.NoError(t, err)
	assert.Equal(t, 30*time.Second, o.Timeout)
	assert.Equal(t, "acme-grid", o.Project)
	o, err = event.WithEnvironment(event.Options{Timeout: time.Second, Project: "own"}, e.get)
	require.NoError(t, err)
	assert.Equal(t, time.Second, o.Timeout)
	assert.Equal(t, "own", o.Project)
	o, err = event.WithEnvironment(event.Options{}, env{}.get)
	require.NoError(t, err)
	assert.Zero(t, o.Timeout)
	for _, bad := range []string{"0", "-1", "3601", "10s", "ten"} {
		_, err = event.WithEnvironment(event.Options{}, env{"SPOTGRID_TIMEOUT_SECONDS": bad}.get)
		assert.ErrorContains(t, err, `SPOTGRID_TIMEOUT_SECONDS is "`+bad+`", want 1..3600`)
	}
}

func TestACallOnItsWayIsAnsweredWhenTheInstanceEnds(t *testing.T) {
	t.Parallel()
	called, release := make(chan struct{}), make(chan struct{})
	f := function(func(context.Context, json.RawMessage) (any, error) {
		close(called)
		<-release
		return "done", nil
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended, answered := make(chan error, 1), make(chan string, 1)
	go func() { ended <- f.Serve(ctx, l) }()
	go func() { answered <- answerOf("http://"+l.Addr().String(), `{}`) }()
	<-called
	cancel()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond, "no new call is taken")
	close(release)
	assert.Equal(t, `200 "done"`, <-answered)
	assert.NoError(t, <-ended)
}

// answerOf posts to a function, and returns the status and the body or why
// there is none.
func answerOf(url, body string) string {
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return r.Status[:4] + string(b)
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	err = function(event.Typed(greet)).Serve(t.Context(), l)
	assert.ErrorContains(t, err, "serving calls")
	assert.ErrorIs(t, err, net.ErrClosed)
}

// freePort is one that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

func TestAProgramServesUntilItIsToldToEnd(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = []string{"PORT=" + port, "K_SERVICE=quote", "SPOTGRID_TIMEOUT_SECONDS=60"}
	said, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	answered := make(chan string, 1)
	go func() {
		for {
			got := answerOf("http://127.0.0.1:"+port, `{"a":1}`)
			if !strings.Contains(got, "connection refused") {
				answered <- got
				return
			}
		}
	}()
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "called\n", line)
	require.NoError(t, program.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, `200 {"a":1}`, <-answered)
	assert.NoError(t, program.Wait(), "it ends in peace")
}

func TestAProgramThatCannotServeSaysWhy(t *testing.T) {
	t.Parallel()
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = []string{"PORT=0", "K_SERVICE=quote", "SPOTGRID_TIMEOUT_SECONDS=soon"}
	_, err := program.Output()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v", err)
	assert.Equal(t, 1, exit.ExitCode())
	var line map[string]any
	require.NoError(t, json.Unmarshal(exit.Stderr, &line))
	assert.Equal(t, "ERROR", line["severity"])
	assert.Equal(t, "function ended", line["message"])
	assert.Equal(t, `reading settings: SPOTGRID_TIMEOUT_SECONDS is "soon", want 1..3600`, line["error"])
}
