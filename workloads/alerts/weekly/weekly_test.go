package weekly

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

var now = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// remembered is a source of alerts in memory.
type remembered struct {
	alerts      []history.Alert
	err         error
	from, until time.Time
}

func (r *remembered) Read(_ context.Context, from, until time.Time, add func(history.Alert) error) (history.Source, error) {
	r.from, r.until = from, until
	for _, a := range r.alerts {
		if err := add(a); err != nil {
			return history.Source{}, err
		}
	}
	return history.Source{Name: "memory", Alerts: len(r.alerts)}, r.err
}

func function(r *remembered, log *bytes.Buffer) Function {
	return Function{
		Open: func(_ context.Context, region string) (Reader, error) {
			if region == "nowhere" {
				return nil, errors.New("no such region")
			}
			return r, nil
		},
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(log, nil)),
	}
}

func call(t *testing.T, f Function, payload string) (*alerts.Report, error) {
	t.Helper()
	var r Request
	if err := json.Unmarshal([]byte(payload), &r); err != nil {
		return nil, err
	}
	return f.Handle(t.Context(), r)
}

func TestAScheduleReadsCloudWatchAndLogsTheVerdicts(t *testing.T) {
	t.Parallel()
	list, _ := generate.Make(generate.Options{Seed: 2, Start: now.AddDate(0, 0, -30), Days: 30, Rules: []generate.Rule{{Name: "flapping", RandomPerDay: 2, FlapShare: 1, ActedShare: -1}}})
	var log bytes.Buffer
	source := &remembered{alerts: list}
	report, err := call(t, function(source, &log), `{"source":"cloudwatch","days":30,"timezone":"Europe/Berlin"}`)
	require.NoError(t, err)
	assert.Equal(t, now.AddDate(0, 0, -30), source.from)
	assert.Equal(t, now, source.until)
	assert.True(t, now.Equal(report.Until), "the time asked for is the time looked at")
	assert.Equal(t, len(list), report.Alerts+report.Duplicates)
	assert.Equal(t, 1, report.Verdicts[alerts.Fix])
	assert.Contains(t, log.String(), `rule=flapping verdict=fix`)
	assert.Contains(t, log.String(), "judged alerts")
}

func TestAQuietWeekIsAReport(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	source := &remembered{}
	report, err := call(t, function(source, &log), `{"source":"cloudwatch"}`)
	require.NoError(t, err)
	assert.Equal(t, now.AddDate(0, 0, -7), source.from)
	assert.Zero(t, report.Alerts)
	assert.NotNil(t, report.Rules)
	assert.Equal(t, "memory", report.Sources[0].Name)
}

func TestACallCarriesItsAlerts(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "time,rule\n2026-01-05 01:00,a\n2026-01-06 01:00,a\n")
	require.NoError(t, z.Close())
	payload := fmt.Sprintf(`{"data":%q,"records":[{"time":"2026-01-07T00:30:00Z","rule":"b"}],"timezone":"Europe/Berlin","incident_records":[{"time":"2026-01-05T00:30:00Z"}]}`, base64.StdEncoding.EncodeToString(packed.Bytes()))
	report, err := call(t, function(nil, &bytes.Buffer{}), payload)
	require.NoError(t, err)
	assert.Equal(t, 3, report.Alerts)
	assert.Equal(t, 3, report.ByHour[1].Alerts, "by the clock in Berlin")
	assert.Equal(t, 1, report.Incidents.Count)
}

func TestBadRequestsListTheirFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"nothing":       {`{}`, []string{"there are no alerts"}},
		"all faults":    {`{"source":"pigeon","timezone":"Mars","format":"xml","options":{"min_firings":1}}`, []string{`source is "pigeon"`, `timezone is "Mars"`, `format is "xml"`, "min_firings is 1, want 10..10000"}},
		"too long":      {`{"source":"cloudwatch","days":31}`, []string{"days is 31, want 1..30"}},
		"both":          {`{"source":"cloudwatch","records":[]}`, []string{"not both"}},
		"no source":     {`{"records":[],"days":3}`, []string{"need a source"}},
		"unknown field": {`{"sauce":1}`, []string{`unknown field "sauce"`}},
		"bad records":   {`{"records":[{"time":"x","rule":"a"}]}`, []string{`reading "records"`, `time is "x"`}},
		"bad incidents": {`{"records":[{"time":"2026-01-07T00:30:00Z","rule":"b"}],"incident_records":[{}]}`, []string{`reading "incident_records"`}},
		"none":          {`{"records":[]}`, []string{"no alert fired"}},
		"bad base64":    {`{"data":"!"}`, []string{"base64"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t, function(nil, &bytes.Buffer{}), c.payload)
			var bad *RequestError
			require.ErrorAs(t, err, &bad)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestAnErrorOfTheSourceIsNotTheCallers(t *testing.T) {
	t.Parallel()
	down := errors.New("CloudWatch does not answer")
	_, err := call(t, function(&remembered{err: down}, &bytes.Buffer{}), `{"source":"cloudwatch"}`)
	require.ErrorIs(t, err, down)
	assert.False(t, errors.As(err, new(*RequestError)))
	_, err = call(t, function(nil, &bytes.Buffer{}), `{"source":"cloudwatch","region":"nowhere"}`)
	assert.ErrorContains(t, err, "no such region")
}
