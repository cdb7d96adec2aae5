package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
	"github.com/spotgrid/spotgrid/workloads/scaler/gcp"
)

// childVariable makes the test binary the scaler itself.
const childVariable = "SPOTGRID_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const settings = `{"fleets":[{"name":"workers","queue":"pubsub://grid-project/jobs","jobsPerWorker":2,"maxWorkers":10,
	"groups":[{"url":"mig://grid-project/europe-west1/workers","maxWorkers":10}]}]}`

// child runs the scaler with settings beyond what points it to the server.
func child(t *testing.T, s *computetest.Server, more ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = []string{childVariable + "=1", gcp.MonitoringVariable + "=" + s.URL + "/v3"}
	for name, value := range s.Environment(t.TempDir()) {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Env = append(c.Env, more...) // of two values the last counts
	var errs bytes.Buffer
	c.Stderr = &errs
	return c, &errs
}

// running is a scaler that listens, as on Cloud Run.
type running struct {
	t    *testing.T
	url  string
	cmd  *exec.Cmd
	errs *bytes.Buffer // not before stop
}

// startChild starts a scaler, which ends with the test.
func startChild(t *testing.T, s *computetest.Server, environment ...string) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	c, errs := child(t, s, append([]string{"PORT=" + port, "K_SERVICE=scaler"}, environment...)...)
	require.NoError(t, c.Start())
	r := &running{t: t, url: "http://127.0.0.1:" + port, cmd: c, errs: errs}
	t.Cleanup(r.stop)
	return r
}

// stop ends it, once.
func (r *running) stop() {
	if r.cmd.ProcessState == nil {
		_ = r.cmd.Process.Signal(os.Interrupt)
		_ = r.cmd.Wait()
	}
}

// call calls it when it listens.
func (r *running) call(payload string) (status int, body string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		answer, err := http.Post(r.url, "application/json", strings.NewReader(payload))
		if err != nil {
			return false // it is starting
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		status, body = answer.StatusCode, string(b)
		return assert.NoError(r.t, err)
	}, 20*time.Second, 50*time.Millisecond)
	return status, body
}

// TestCallOnCloudRun runs the program as Cloud Run does and calls it.
func TestCallOnCloudRun(t *testing.T) {
	t.Parallel()
	s := computetest.New(t)
	group := s.Add(computetest.Region, "workers")
	s.Handle("GET /v3/projects/grid-project/timeSeries", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"timeSeries":[{"points":[{"interval":{"endTime":%q},"value":{"int64Value":"9"}}]}]}`, time.Now().UTC().Format(time.RFC3339))
	})
	r := startChild(t, s, scaler.Variable+"="+settings)
	status, body := r.call(`{}`)
	require.Equal(t, http.StatusOK, status, body)
	var decisions []scaler.Decision
	require.NoError(t, json.Unmarshal([]byte(body), &decisions))
	require.Len(t, decisions, 1)
	assert.Equal(t, "[raise workers 0→5]", fmt.Sprint(decisions[0].Changes))
	s.Change(func() { assert.Equal(t, 5, group.Target) })

	status, body = r.call(`{"dryRun":true}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "the payload is not {}")
	s.Refuse(http.StatusForbidden, "forbidden")
	status, body = r.call(`{}`)
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.NotContains(t, body, "forbidden", "the log says why")

	r.stop()
	var lines []map[string]any
	for line := range strings.Lines(r.errs.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		if l["message"] == "scaling decision" {
			lines = append(lines, l)
		}
	}
	require.Len(t, lines, 2, r.errs)
	assert.Equal(t, "INFO", lines[0]["severity"])
	assert.Equal(t, "ERROR", lines[1]["severity"])
	assert.Contains(t, fmt.Sprint(lines[1]["decision"]), "403 forbidden")
}

func TestBadSettingsAreOneErrorAndExitCode2(t *testing.T) {
	t.Parallel()
	s := computetest.New(t)
	set := func(pairs ...string) string {
		return scaler.Variable + "=" + strings.NewReplacer(pairs...).Replace(settings)
	}
	for name, c := range map[string]struct{ given, want []string }{
		"nothing": {[]string{""}, []string{"SPOTGRID_SCALER is not set: want the fleets to look after"}},
		"a cloud that it does not know": {[]string{set("pubsub:", "kafka:", `10,`, `0,`)}, []string{
			`SPOTGRID_SCALER: fleets[0] \"workers\": queue: scheme is \"kafka\", want asg or mig or pubsub or sqs`, "maxWorkers is 0, want 1..100000",
		}},
		"a queue for a group": {[]string{set("mig://grid-project/europe-west1/workers", "sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs")},
			[]string{`scheme is \"sqs\", want asg`}},
		"half a role on AWS, and a slip beside it": {[]string{set("pubsub://grid-project/jobs", sqsQueue, `10,`, `0,`), "SPOTGRID_AWS_AUDIENCE=spotgrid/grid"}, []string{
			`queue: a machine of Google Cloud needs a role and an audience to work on AWS: SPOTGRID_AWS_ROLE_ARN is \"\"`, "maxWorkers is 0, want 1..100000",
		}},
		"an address of no API": {[]string{set(), "SPOTGRID_MONITORING_ENDPOINT=http://example.com"},
			[]string{"SPOTGRID_MONITORING_ENDPOINT: address of the API is http://example.com, want https"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			child, errs := child(t, s, c.given...)
			err := child.Run()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, exitUsage, exit.ExitCode())
			for _, w := range c.want {
				assert.Contains(t, errs.String(), w)
			}
		})
	}
}
