package page

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/generate"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

const hostile = `<script>alert("1")</script>`

func report(t *testing.T) *alerts.Report {
	t.Helper()
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	list, incidents := generate.Make(generate.Options{Seed: 1, Start: start, Days: 60, IncidentsPerWeek: 3, Rules: []generate.Rule{
		{Name: hostile, RandomPerDay: 2, ActedShare: 0.3}, {Name: "real", Announces: 0.9, RandomPerDay: 0.2, ActedShare: -1},
	}})
	var h history.History
	for _, a := range list {
		require.NoError(t, h.Add(a))
	}
	r, err := alerts.Analyze(t.Context(), &h, incidents, alerts.Options{})
	require.NoError(t, err)
	return r
}

func TestAPageNeedsAndRunsNothing(t *testing.T) {
	t.Parallel()
	r := report(t)
	html, err := HTML(r)
	require.NoError(t, err)
	s := string(html)
	for _, foreign := range []string{"<script", "<?xml", "src=\"http", "href=\"http", "url(", "@import"} {
		assert.False(t, strings.Contains(s, foreign), foreign)
	}
	for _, want := range []string{"&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;", "default-src 'none'", "22:00 to 7:00, a wake-up costs 30 minutes", "of 2 rules in 60 days"} {
		assert.True(t, strings.Contains(s, want), want)
	}
	assert.Equal(t, 2, strings.Count(s, "<svg"))
	for _, rule := range r.Rules {
		assert.True(t, strings.Contains(s, `<td class="`+string(rule.Verdict)+`">`+string(rule.Verdict)), rule.Name)
	}
}

func TestAReportIsSixFiles(t *testing.T) {
	t.Parallel()
	r := report(t)
	files, err := Files(r)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		assert.NotEmpty(t, f.Data, f.Name)
	}
	assert.Equal(t, []string{"report.html", "report.json", "calendar.svg", "calendar.png", "daily.svg", "daily.png"}, names)
	var back alerts.Report
	require.NoError(t, json.Unmarshal(files[1].Data, &back))
	assert.Equal(t, r.Rules, back.Rules)
	assert.Equal(t, r.Daily, back.Daily)
}

func TestShadesGrowWithTheCount(t *testing.T) {
	t.Parallel()
	last := 0
	for n := range 101 {
		s := shade(n, 100)
		assert.GreaterOrEqual(t, s, last, "%d", n)
		assert.Equal(t, n == 0, s == 0, "%d", n)
		last = s
	}
	assert.Equal(t, 4, last)
	assert.Equal(t, 4, shade(1, 1))
}

func TestAPageListsOnlySoManyRules(t *testing.T) {
	t.Parallel()
	r := report(t)
	for len(r.Rules) < maxPageRules+5 {
		r.Rules = append(r.Rules, r.Rules[0])
	}
	html, err := HTML(r)
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(html), "And 5 more rules."))
}
