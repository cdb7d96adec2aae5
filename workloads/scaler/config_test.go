package scaler_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// checker knows the URLs q: and g:.
type checker struct{ scaler.Cloud }

func (checker) CheckQueue(url string) error { return check(url, "q:") }
func (checker) CheckGroup(url string) error { return check(url, "g:") }

func check(url, scheme string) error {
	if !strings.HasPrefix(url, scheme) {
		return errors.New("want " + scheme)
	}
	return nil
}

func TestParse(t *testing.T) {
	t.Parallel()
	c, err := scaler.Parse(`{"fleets":[{"name":"workers","queue":"q:jobs","jobsPerWorker":4,"maxWorkers":10,
		"groups":[{"url":"g:a","minWorkers":1,"maxWorkers":10},{"url":"g:b","maxWorkers":0}]},
		{"name":"others","queue":"q:jobs","jobsPerWorker":1,"maxWorkers":1,"patienceSeconds":60,"quietSeconds":600,"groups":[{"url":"g:c","maxWorkers":1}]}]}`, checker{})
	require.NoError(t, err)
	assert.Equal(t, scaler.Config{Fleets: []scaler.Fleet{
		{Name: "workers", Queue: "q:jobs", JobsPerWorker: 4, MaxWorkers: 10, PatienceSeconds: 180, QuietSeconds: 900,
			Groups: []scaler.Group{{URL: "g:a", MinWorkers: 1, MaxWorkers: 10}, {URL: "g:b"}}},
		{Name: "others", Queue: "q:jobs", JobsPerWorker: 1, MaxWorkers: 1, PatienceSeconds: 60, QuietSeconds: 600,
			Groups: []scaler.Group{{URL: "g:c", MaxWorkers: 1}}},
	}}, c)
}

func TestParseNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := scaler.Parse(`{"fleets":[{"name":"workers","queue":"jobs","jobsPerWorker":0,"maxWorkers":3,"patienceSeconds":1,"quietSeconds":10,
		"groups":[{"url":"a","minWorkers":-1,"maxWorkers":-1},{"url":"g:b","minWorkers":3,"maxWorkers":2},{"url":"g:b","minWorkers":2,"maxWorkers":9}]},
		{"name":"workers","queue":"q:jobs","jobsPerWorker":1,"maxWorkers":200000,"groups":[]}]}`, checker{})
	require.Error(t, err)
	for _, want := range []string{
		`fleets[0] "workers": queue: want q:`, "jobsPerWorker is 0, want 1..1000000", "patienceSeconds is 1, want 60..3600",
		"quietSeconds is 10, want 600..172800", "groups[0]: url: want g:", "groups[0]: maxWorkers is -1, want 0..100000",
		"groups[0]: minWorkers is -1, want 0..0", "groups[1]: minWorkers is 3, want 0..2", "groups[2]: url: g:b is given twice",
		"minWorkers of its groups are 4 together, want at most maxWorkers, 3",
		`fleets[1] "workers": want a name that no other fleet has`, `fleets[1] "workers": maxWorkers is 200000`,
		`fleets[1] "workers": number of groups is 0, want 1..50`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestParseIsStrict(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "it is not the JSON that it should be: EOF",
		`{"fleets":[]}`:                   "fleets: none given",
		`{"fleets":[],"colour":1}`:        `unknown field "colour"`,
		`{"fleets":[{"maxWorker":1}]}`:    `unknown field "maxWorker"`,
		`{"fleets":[]} {}`:                "it goes on after the JSON",
		`{"fleets":[{"maxWorkers":"3"}]}`: "cannot unmarshal string",
		`[]`:                              "cannot unmarshal array",
	} {
		_, err := scaler.Parse(text, checker{})
		assert.ErrorContains(t, err, want, text)
	}
}
