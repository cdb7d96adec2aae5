package gcp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
	"github.com/spotgrid/spotgrid/workloads/scaler/gcp"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	queue = "pubsub://" + computetest.Project + "/jobs?topic=jobs"
	group = "mig://" + computetest.Project + "/" + computetest.Region + "/workers"
)

// start starts a stand-in for Google Cloud and a view of it. Not for parallel
// tests: it is found by the environment.
func start(t *testing.T) (*computetest.Server, *gcp.Cloud) {
	t.Helper()
	s := computetest.Start(t)
	t.Setenv(gcp.MonitoringVariable, s.URL+"/v3")
	c, err := gcp.New(func() time.Time { return now })
	require.NoError(t, err)
	return s, c
}

// point is a point of a time series as the API reference has it.
func point(at time.Time, jobs string) map[string]any {
	return map[string]any{"interval": map[string]any{"startTime": at, "endTime": at}, "value": map[string]any{"int64Value": jobs}}
}

// count serves the time series of the queue, and returns what was asked for.
func count(s *computetest.Server, series ...[]any) *[]string {
	asked := &[]string{}
	s.Handle("GET /v3/projects/"+computetest.Project+"/timeSeries", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		*asked = []string{q.Get("filter"), q.Get("interval.startTime"), q.Get("interval.endTime")}
		all := []any{}
		for _, points := range series {
			all = append(all, map[string]any{"points": points, "metricKind": "GAUGE"})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"timeSeries": all})
	})
	return asked
}

func TestBacklogIsWhatCloudMonitoringCounted(t *testing.T) {
	s, c := start(t)
	asked := count(s, []any{point(now.Add(-time.Minute), "7"), point(now.Add(-2*time.Minute), "0")})
	points, err := c.Backlog(t.Context(), queue, now.Add(-20*time.Minute))
	require.NoError(t, err)
	assert.Equal(t, []scaler.Point{{At: now.Add(-time.Minute), Jobs: 7}, {At: now.Add(-2 * time.Minute)}}, points)
	assert.Equal(t, []string{
		`metric.type = "pubsub.googleapis.com/subscription/num_undelivered_messages" AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "jobs"`,
		"2026-03-01T11:40:00Z", "2026-03-01T12:00:00Z",
	}, *asked)
}

func TestNoCountIsNoPoint(t *testing.T) {
	for name, series := range map[string][][]any{"no series": nil, "no points": {{}}} {
		t.Run(name, func(t *testing.T) {
			s, c := start(t)
			count(s, series...)
			points, err := c.Backlog(t.Context(), queue, now)
			require.NoError(t, err)
			assert.Empty(t, points)
		})
	}
}

func TestCountsThatAreNoneAreErrors(t *testing.T) {
	for want, series := range map[string][][]any{
		"a count is no whole number from 0":                           {{map[string]any{"interval": map[string]any{"endTime": now}, "value": map[string]any{"doubleValue": 1.5}}}},
		"the answer is not the JSON that it should be":                {{point(now, "many")}},
		"there are 2 series of counts for one subscription, want one": {{point(now, "1")}, {point(now, "1")}},
	} {
		t.Run(want, func(t *testing.T) {
			s, c := start(t)
			count(s, series...)
			_, err := c.Backlog(t.Context(), queue, now)
			assert.ErrorContains(t, err, want)
		})
	}
}

func machine(name, status, action string) computetest.Machine {
	return computetest.Machine{Zone: computetest.Zone, Name: name, Status: status, Action: action}
}

func TestSizeCountsMachinesThatRunAndStay(t *testing.T) {
	s, c := start(t)
	g := s.Add(computetest.Region, "workers", machine("a", "RUNNING", ""), machine("b", "RUNNING", "VERIFYING"),
		machine("c", "RUNNING", "DELETING"), machine("d", "", "CREATING"), machine("e", "TERMINATED", "RECREATING"))
	g.Target = 4
	size, err := c.Size(t.Context(), group)
	require.NoError(t, err)
	assert.Equal(t, scaler.Size{Target: 4, Running: 2}, size)
}

func TestFailuresAreThoseToStartMachines(t *testing.T) {
	s, c := start(t)
	g := s.Add(computetest.Region, "workers")
	since := now.Add(-30 * time.Minute)
	first, last, err := c.Failures(t.Context(), group, since)
	require.NoError(t, err)
	assert.True(t, first.IsZero() && last.IsZero())

	at := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	g.Failures = []computetest.Failure{
		{At: at(5), Action: "CREATING", Code: "ZONE_RESOURCE_POOL_EXHAUSTED"}, {At: at(2), Action: "RECREATING", Code: "QUOTA_EXCEEDED"},
		{At: at(40), Action: "CREATING", Code: "ZONE_RESOURCE_POOL_EXHAUSTED"}, {At: at(1), Action: "DELETING", Code: "RESOURCE_NOT_FOUND"},
		{At: at(9), Action: "CREATING", Code: "ZONE_RESOURCE_POOL_EXHAUSTED"},
	}
	first, last, err = c.Failures(t.Context(), group, since)
	require.NoError(t, err)
	assert.Equal(t, []time.Time{at(9), at(2)}, []time.Time{first, last})
}

func TestCancelDeletesWhatIsNotThereYet(t *testing.T) {
	s, c := start(t)
	g := s.Add(computetest.Region, "workers", machine("a", "RUNNING", ""), machine("b", "", "CREATING"), machine("c", "STAGING", "CREATING"),
		machine("d", "", "RECREATING"), machine("e", "", "CREATING"), machine("f", "", "DELETING"))
	taken, err := c.Cancel(t.Context(), group, 2)
	require.NoError(t, err)
	assert.Equal(t, 2, taken)
	assert.Equal(t, 4, g.Target)
	taken, err = c.Cancel(t.Context(), group, 5)
	require.NoError(t, err)
	assert.Equal(t, 1, taken)
	assert.Equal(t, []computetest.Machine{machine("a", "RUNNING", ""), machine("c", "STAGING", "CREATING"), machine("f", "", "DELETING")}, g.Machines)
	taken, err = c.Cancel(t.Context(), group, 5)
	require.NoError(t, err)
	assert.Zero(t, taken)
	assert.Len(t, s.Calls(), 5, "nothing is deleted where there is nothing to delete")
}

func TestResizeSetsTheTarget(t *testing.T) {
	s, c := start(t)
	g := s.Add(computetest.Zone, "workers")
	zonal := "mig://" + computetest.Project + "/" + computetest.Zone + "/workers"
	require.NoError(t, c.Resize(t.Context(), zonal, 3))
	assert.Equal(t, 3, g.Target)
	require.NoError(t, c.Resize(t.Context(), zonal, 0))
	assert.Zero(t, g.Target)
	assert.Equal(t, []string{
		"POST zones/europe-west1-b/instanceGroupManagers/workers/resize?size=3", "POST zones/europe-west1-b/instanceGroupManagers/workers/resize?size=0",
	}, s.Calls())
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	_, c := start(t)
	_, err := c.Size(t.Context(), group)
	assert.Equal(t, rest.NotFound, rest.ClassOf(err), "%v", err)
	_, err = c.Cancel(t.Context(), group, 1)
	assert.Equal(t, rest.NotFound, rest.ClassOf(err), "%v", err)
	_, err = c.Backlog(t.Context(), queue, now)
	assert.Equal(t, rest.NotFound, rest.ClassOf(err), "%v", err)
}

func TestURLsAreChecked(t *testing.T) {
	t.Parallel()
	c := &gcp.Cloud{}
	for _, good := range []string{queue, "pubsub://grid-project/jobs", "pubsub://grid-project/jobs-1.a~b%2525"} {
		assert.NoError(t, c.CheckQueue(good), good)
	}
	assert.NoError(t, c.CheckGroup(group))
	for bad, want := range map[string]string{
		"sqs://grid-project/jobs":           `scheme is "sqs", want pubsub`,
		"pubsub://Grid/jobs":                `project is "Grid"`,
		"pubsub://grid-project/":            `subscription is ""`,
		`pubsub://grid-project/a"%20OR`:     `subscription is "a\" OR"`,
		"pubsub://grid-project/jobs?x=1":    "it has a parameter that is unknown",
		"pubsub://me:secret@grid-project/j": "want none",
		"pubsub://%zz":                      "not a URL",
	} {
		err := c.CheckQueue(bad)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
	for bad, want := range map[string]string{
		group + "?instance=w":             "it has parameters, want none",
		"mig://grid-project/here/workers": `location is "here"`,
		"mig://%zz":                       "not a URL",
	} {
		assert.ErrorContains(t, c.CheckGroup(bad), want)
	}
}

// TestATickOnGoogleCloud goes through all of it: jobs are counted, one group has
// no capacity, the next is asked.
func TestATickOnGoogleCloud(t *testing.T) {
	s, c := start(t)
	first := s.Add(computetest.Region, "workers", machine("a", "RUNNING", ""), machine("b", "", "CREATING"), machine("c", "", "CREATING"))
	first.Failures = []computetest.Failure{{At: now.Add(-5 * time.Minute), Action: "CREATING"}, {At: now.Add(-time.Minute), Action: "CREATING"}}
	second := s.Add(computetest.Zone, "more")
	count(s, []any{point(now.Add(-time.Minute), "5")})
	config, err := scaler.Parse(fmt.Sprintf(`{"fleets":[{"name":"workers","queue":%q,"jobsPerWorker":1,"maxWorkers":10,"groups":[
		{"url":%q,"maxWorkers":10},{"url":"mig://%s/%s/more","maxWorkers":10}]}]}`, queue, group, computetest.Project, computetest.Zone), c)
	require.NoError(t, err)
	decisions, err := scaler.New(config, c, nil, func() time.Time { return now }).Tick(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "[cancel workers 3→1 raise more 0→4]", fmt.Sprint(decisions[0].Changes))
	assert.Equal(t, []int{1, 4}, []int{first.Target, second.Target})
	assert.Len(t, s.Calls(), 8)
}
