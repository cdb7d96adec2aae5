package reportjob

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// coin is a history of a pager that fires at random, and incidents.
func coin() (history, incidents string) {
	list, happened := generate.Make(generate.Options{
		Seed: 6, Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Days: 90, IncidentsPerWeek: 3,
		Rules: []generate.Rule{{Name: "coin", RandomPerDay: 2, ActedShare: 0.1}},
	})
	rows, falls := []string{"time,rule,acted"}, []string{"time"}
	for _, a := range list {
		rows = append(rows, fmt.Sprintf("%d,%s,%v", a.AtMillis, a.Rule, a.Acted == 2))
	}
	for _, i := range happened {
		falls = append(falls, fmt.Sprint(i.AtMillis))
	}
	return strings.Join(rows, "\n"), strings.Join(falls, "\n")
}

// run runs a job on a folder with the given files.
func run(t *testing.T, payload string, files map[string]string) (Result, string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	raw, err := NewKind().Run(t.Context(), job.Task{Payload: json.RawMessage(payload), Log: slog.New(slog.DiscardHandler), Files: root})
	var r Result
	if err == nil {
		require.NoError(t, json.Unmarshal(raw, &r))
	}
	return r, dir, err
}

func TestAJobJudgesFilesAndWritesTheReport(t *testing.T) {
	t.Parallel()
	history, incidents := coin()
	r, dir, err := run(t, `{"files":["h.csv"],"incidents":"i.csv","output":"reports/week 3","timezone":"Europe/Berlin"}`, map[string]string{"h.csv": history, "i.csv": incidents})
	require.NoError(t, err)
	require.Len(t, r.Rules, 1)
	assert.Equal(t, alerts.Silence, r.Rules[0].Verdict)
	assert.Contains(t, r.Rules[0].Reason, "fires like a random pager")
	assert.Equal(t, "Europe/Berlin", r.Timezone)
	assert.Equal(t, "h.csv", r.Sources[0].Name)
	assert.Positive(t, r.Incidents.Count)
	assert.Len(t, r.Files, 6)
	entries, err := os.ReadDir(filepath.Join(dir, "reports/week 3"))
	require.NoError(t, err)
	assert.Len(t, entries, 6, "and no part of a file")
	b, err := os.ReadFile(filepath.Join(dir, r.Files[0]))
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(b), "fires like a random pager"), "the page tells the verdict")
}

func TestAJobJudgesWhatItCarries(t *testing.T) {
	t.Parallel()
	history, _ := coin()
	payload := fmt.Sprintf(`{"data":%q,"records":[{"time":"2026-01-06T00:00:00Z","rule":"other"}],"incident_records":[]}`, base64.StdEncoding.EncodeToString([]byte(history)))
	raw, err := NewKind().Run(t.Context(), job.Task{Payload: json.RawMessage(payload), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err, "without a folder of files")
	var r Result
	require.NoError(t, json.Unmarshal(raw, &r))
	assert.Len(t, r.Rules, 2)
	require.NotNil(t, r.Incidents, "an empty list is a list")
	assert.Zero(t, r.Incidents.Count)
}

func TestWhatCannotSucceedIsRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"all faults":   {`{"files":["../x","/y"],"incidents":"a//b","incident_records":[1],"output":"..","timezone":"Mars","format":"xml","records":7,"options":{"flap_minutes":-1,"night_from_hour":7}}`, []string{`files[0] is "../x"`, `files[1] is "/y"`, `incidents is "a//b"`, "not both", `output is ".."`, `timezone is "Mars"`, `format is "xml"`, "records is no array", "flap_minutes is -1, want 1..240", "are both 7"}},
		"nothing":      {`{}`, []string{"there are no alerts"}},
		"local time":   {`{"records":[],"timezone":"Local"}`, []string{`timezone is "Local"`}},
		"unknown":      {`{"file":"x"}`, []string{`unknown field "file"`}},
		"missing file": {`{"files":["gone.csv"]}`, []string{`reading "gone.csv"`}},
		"a folder":     {`{"files":["."]}`, []string{"not a file"}},
		"bad rows":     {`{"files":["bad.csv","bad.csv"],"records":[{"time":1}]}`, []string{`reading "bad.csv"`, "line 2, column 1", `reading "records"`}},
		"no alerts":    {`{"records":[]}`, []string{"no alert fired"}},
		"too long":     {`{"records":[{"time":"1991-01-01T00:00:00Z","rule":"a"},{"time":"2026-01-01T00:00:00Z","rule":"a"}]}`, []string{"12785 days, want at most 3660"}},
		"a way out":    {`{"files":["link"]}`, []string{"not a file in the folder of files"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.csv"), []byte("time,rule\nx,y\n"), 0o600))
			require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(dir, "link")))
			root, err := os.OpenRoot(dir)
			require.NoError(t, err)
			defer root.Close()
			_, err = NewKind().Run(t.Context(), job.Task{Payload: json.RawMessage(c.payload), Log: slog.New(slog.DiscardHandler), Files: root})
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			assert.True(t, job.IsRejected(err), "%v", err)
		})
	}
	_, err := NewKind().Run(t.Context(), job.Task{Payload: json.RawMessage(`{"files":["a"]}`)})
	assert.ErrorContains(t, err, "has no folder of files")
	assert.True(t, job.IsRejected(err))
}

func TestAJobThatIsInterruptedIsNotRejected(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the machine is taken away")
	cancel(cause)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "h.csv"), []byte("time,rule\n1767326400,a\n"), 0o600))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	_, err = NewKind().Run(ctx, job.Task{Payload: json.RawMessage(`{"files":["h.csv"]}`), Files: root})
	require.ErrorIs(t, err, cause)
	assert.False(t, job.IsRejected(err))
}

func TestAResultHoldsOnlySoManyRules(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("time,rule\n")
	for i := range 150 {
		fmt.Fprintf(&rows, "2026-01-05T00:00:00Z,rule %d\n", i)
	}
	r, dir, err := run(t, `{"files":["h.csv"],"output":"out"}`, map[string]string{"h.csv": rows.String()})
	require.NoError(t, err)
	assert.Len(t, r.Rules, MaxResultRules)
	assert.Equal(t, 50, r.RulesLeftOut)
	var all alerts.Report
	b, err := fs.ReadFile(os.DirFS(dir), "out/report.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &all))
	assert.Len(t, all.Rules, 150)
}
