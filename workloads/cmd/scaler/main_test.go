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
	c.Env = append([]string{childVariable + "=1", gcp.MonitoringVariable + "=" + s.URL + "/v3"}, more...)
	for name, value := range s.Environment(t.TempDir()) {
		c.Env = append(c.Env, name+"="+value)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	return c, &errs
}

// TestCallOnCloudRun runs the program as Cloud Run does and calls it once.
func TestCallOnCloudRun(t *testing.T) {
	t.Parallel()
	s := computetest.New(t)
	group := s.Add(computetest.Region, "workers")
	s.Handle("GET /v3/projects/grid-project/timeSeries", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"timeSeries":[{"points":[{"interval":{"endTime":%q},"value":{"int64Value":"9"}}]}]}`, time.Now().UTC().Format(time.RFC3339))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	c, errs := child(t, s, "PORT="+port, "K_SERVICE=scaler", scaler.Variable+"="+settings)
	require.NoError(t, c.Start())

	call := func(payload string) (status int, body string) {
		require.Eventually(t, func() bool {
			answer, err := http.Post("http://127.0.0.1:"+port, "application/json", strings.NewReader(payload))
			if err != nil {
				return false // it is starting
			}
			defer answer.Body.Close()
			b, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			status, body = answer.StatusCode, string(b)
			return true
		}, 20*time.Second, 50*time.Millisecond)
		return status, body
	}
	status, body := call(`{}`)
	require.Equal(t, http.StatusOK, status, body)
	var decisions []scaler.Decision
	require.NoError(t, json.Unmarshal([]byte(body), &decisions))
	require.Len(t, decisions, 1)
	assert.Equal(t, "[raise workers 0→5]", fmt.Sprint(decisions[0].Changes))
	s.Change(func() { assert.Equal(t, 5, group.Target) })

	status, body = call(`{"dryRun":true}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "the payload is not {}")
	s.Refuse(http.StatusForbidden, "forbidden")
	status, body = call(`{}`)
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.NotContains(t, body, "forbidden", "the log says why")

	require.NoError(t, c.Process.Signal(os.Interrupt))
	_ = c.Wait()
	var lines []map[string]any
	for line := range strings.Lines(errs.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		if l["message"] == "scaling decision" {
			lines = append(lines, l)
		}
	}
	require.Len(t, lines, 2, errs)
	assert.Equal(t, "INFO", lines[0]["severity"])
	assert.Equal(t, "ERROR", lines[1]["severity"])
	assert.Contains(t, fmt.Sprint(lines[1]["decision"]), "403 forbidden")
}

func TestBadSettingsAreOneErrorAndExitCode2(t *testing.T) {
	t.Parallel()
	s := computetest.New(t)
	for given, want := range map[string][]string{
		"": {"SPOTGRID_SCALER is not set: want the fleets to look after"},
		scaler.Variable + "=" + strings.NewReplacer("pubsub:", "sqs:", `10,`, `0,`).Replace(settings): {
			`SPOTGRID_SCALER: fleets[0] \"workers\": queue: scheme is \"sqs\", want pubsub`, "maxWorkers is 0, want 1..100000",
		},
		"SPOTGRID_MONITORING_ENDPOINT=http://example.com": {"SPOTGRID_MONITORING_ENDPOINT: address of the API is http://example.com, want https"},
	} {
		c, errs := child(t, s, given)
		err := c.Run()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		assert.Equal(t, exitUsage, exit.ExitCode())
		for _, w := range want {
			assert.Contains(t, errs.String(), w)
		}
	}
}
