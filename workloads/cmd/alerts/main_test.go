package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/weekly"
	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/program"
)

func TestTheProgramAnswersCallsWithTheirAlerts(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "alerts")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	d, err := program.New(program.Options{Path: binary, TimeoutSeconds: 60, Log: io.Discard})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	i := invoke.New(d, map[string]string{program.Name: program.Name})

	answer, err := i.Invoke(t.Context(), program.Name, []byte(`{"records":[{"time":"2026-01-07 00:30","rule":"disk"}],"timezone":"Europe/Berlin"}`), time.Minute)
	require.NoError(t, err)
	var report alerts.Report
	require.NoError(t, json.Unmarshal(answer.Body, &report))
	assert.Equal(t, 1, report.ByHour[0].Alerts)
	assert.Equal(t, "disk", report.Rules[0].Name)

	_, err = i.Invoke(t.Context(), program.Name, []byte(`{"records":[{"time":"noon","rule":"disk"}]}`), time.Minute)
	var failed *invoke.FunctionError
	require.ErrorAs(t, err, &failed)
	assert.ErrorContains(t, err, "RequestError")
	assert.ErrorContains(t, err, `time is "noon"`)

	answer, err = i.Invoke(t.Context(), program.Name, []byte(`{"version":"2.0","requestContext":{"http":{"method":"POST"}},"body":"{}"}`), time.Minute)
	require.NoError(t, err)
	assert.Contains(t, string(answer.Body), `"statusCode":400`, "a caller of the URL is told what is wrong")
	assert.Contains(t, string(answer.Body), "there are no alerts")
}

func TestAScheduleReadsCloudWatch(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.Header().Set("smithy-protocol", "rpc-v2-cbor")
		_, _ = w.Write(cbor.Encode(cbor.Map{"AlarmHistoryItems": cbor.List{}}))
	}))
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	f := weekly.Function{Open: open, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	report, err := f.Handle(t.Context(), weekly.Request{Source: weekly.SourceCloudWatch, Region: "eu-central-1"})
	require.NoError(t, err)
	assert.Zero(t, report.Alerts)
	assert.Equal(t, "/service/GraniteServiceVersion20100801/operation/DescribeAlarmHistory", asked)

	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	_, err = f.Handle(t.Context(), weekly.Request{Source: weekly.SourceCloudWatch})
	assert.ErrorContains(t, err, "no AWS region")
	assert.False(t, isBad(err))
}
