package main_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
)

// pager writes the history of a team and its incidents as files of a folder.
func pager(t *testing.T) (dir string) {
	t.Helper()
	list, incidents := generate.Make(generate.Options{Seed: 3, Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), Days: 90, IncidentsPerWeek: 2.5, Rules: []generate.Rule{
		{Name: "coin", RandomPerDay: 2, ActedShare: -1}, {Name: "real", Announces: 0.9, RandomPerDay: 0.1, ActedShare: -1},
	}})
	rows, falls := "time,rule\n", "time\n"
	for _, a := range list {
		rows += strconv.FormatInt(a.AtMillis, 10) + "," + a.Rule + "\n"
	}
	for _, i := range incidents {
		falls += strconv.FormatInt(i.AtMillis, 10) + "\n"
	}
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "history.csv"), []byte(rows), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "incidents.csv"), []byte(falls), 0o600))
	return dir
}

func TestAlertsAreJudgedWithoutAGrid(t *testing.T) {
	t.Parallel()
	dir := pager(t)
	here := place{dir: dir}
	a := here.spotgrid(t, "", "alerts", "report", "history.csv", "--incidents", "incidents.csv", "--timezone", "Europe/Berlin", "--output", "out/report")
	require.Zero(t, a.code, a.err)
	for _, want := range []string{"alerts of 2 rules", "the pager is better than a random one", "silence coin: fires like a random pager", "keep real: announces incidents", "the whole report: out/report/report.html"} {
		assert.Contains(t, a.out, want)
	}
	html, err := os.ReadFile(filepath.Join(dir, "out/report/report.html"))
	require.NoError(t, err)
	assert.Equal(t, 2, bytes.Count(html, []byte("<svg")), "the pictures are in the page")
	picture, err := os.ReadFile(filepath.Join(dir, "out/report/calendar.png"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(picture))
	assert.NoError(t, err)
}

func TestAReportFitsAPipe(t *testing.T) {
	t.Parallel()
	dir := pager(t)
	rows, err := os.ReadFile(filepath.Join(dir, "history.csv"))
	require.NoError(t, err)
	a := place{dir: dir}.spotgrid(t, string(rows), "alerts", "report", "-", "--json")
	require.Zero(t, a.code, a.err)
	assert.Equal(t, 1, strings.Count(a.out, "\n"), "one line")
	var r alerts.Report
	require.NoError(t, json.Unmarshal([]byte(a.out), &r))
	assert.Len(t, r.Rules, 2)
	assert.Nil(t, r.Incidents)
	assert.Equal(t, "-", r.Sources[0].Name)
	short := place{dir: dir}.spotgrid(t, string(rows), "alerts", "report", "-", "--top", "1")
	assert.Contains(t, short.out, "and 1 more rule")
}

func TestFaultsOfAlertsAreUsageErrors(t *testing.T) {
	t.Parallel()
	here := place{dir: t.TempDir()}
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"a row":   {"time,rule\nnoon,a\n", []string{"-"}, []string{`reading "-"`, `line 2, column 1: time is "noon"`}},
		"a file":  {"", []string{"gone.csv"}, []string{"gone.csv"}},
		"no file": {"", nil, []string{"requires at least 1 arg"}},
		"flags":   {"", []string{"-", "--timezone", "Mars", "--format", "xml", "--flap-minutes", "0", "--top", "0", "--night-from", "7"}, []string{`timezone is "Mars"`, `format is "xml"`, "--flap-minutes is 0", "--top is 0", "are both 7"}},
		"nothing": {"time,rule\n", []string{"-"}, []string{"no alert fired"}},
	} {
		a := here.spotgrid(t, c.stdin, append([]string{"alerts", "report"}, c.args...)...)
		assert.Equal(t, 2, a.code, name)
		for _, want := range c.want {
			assert.Contains(t, a.err, want, name)
		}
	}
	help := here.spotgrid(t, "", "alerts", "report", "--help")
	assert.Contains(t, help.out, "aws cloudwatch describe-alarm-history")
	assert.Contains(t, help.out, "docs/alerts.md")
}

func TestAJobJudgesAlertsOnTheVolume(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	files := filepath.Join(g.dir, "volume", "files")
	for _, name := range []string{"history.csv", "incidents.csv"} {
		b, err := os.ReadFile(filepath.Join(pager(t), name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(files, name), b, 0o600))
	}
	refused := g.run("submit", "--kind", "alerts", "--payload", `{"files":["../x"]}`)
	assert.Equal(t, 2, refused.code)
	assert.Contains(t, refused.err, `files[0] is "../x"`)
	g.ok("submit", "--kind", "alerts", "--batch", "week", "--watch", "--payload", `{"files":["history.csv"],"incidents":"incidents.csv","output":"reports/week"}`)
	assert.Contains(t, g.ok("results", "week"), "silence 1, fix 0, keep 1")
	assert.FileExists(t, filepath.Join(files, "reports/week/report.html"))
}
