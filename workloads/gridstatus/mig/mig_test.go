package mig_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/mig"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/mig/listtest"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
)

// project has a fleet of three groups, two of which have machines, and things of
// others.
var project = listtest.Project{
	Groups: []listtest.Group{
		{Name: "grid-spot-spot-1-bbb", Location: computetest.Zone, Base: "grid-spot-1a2b3c4-spot-1", Target: 1, Actions: map[string]int{"creatingWithoutRetries": 1, "none": 0}},
		{Name: "grid-spot-spot-0-aaa", Location: computetest.Region, Base: "grid-spot-1a2b3c4-spot-0", Target: 4, Actions: map[string]int{"none": 1, "verifying": 1, "creating": 1, "deleting": 1, "stopping": 0}},
		{Name: "grid-spot-on-demand-ccc", Location: computetest.Region, Base: "grid-spot-1a2b3c4-on-demand"},
		{Name: "someone-elses", Location: computetest.Zone, Base: "grid-spot-1a2b3c4x-spot-0", Target: 9, Actions: map[string]int{"none": 9}},
	},
	Machines: []listtest.Machine{
		{Name: "grid-spot-1a2b3c4-spot-0-wxyz", Zone: "europe-west1-c", Type: "c4a-standard-2", Status: "RUNNING"},
		{Name: "grid-spot-1a2b3c4-spot-0-abcd", Zone: computetest.Zone, Type: "c4a-standard-2", Status: "STOPPING"},
		{Name: "a-grid-spot-1a2b3c4-spot-0-abcd", Zone: computetest.Zone, Type: "e2-micro", Status: "RUNNING"},
	},
	PageSize: 1,
}

// spot is the fleet of the tests.
var spot = map[string]string{"spot": "grid-spot-1a2b3c4"}

// open starts a stand-in for Google Cloud and a driver that finds it by the
// environment: not for parallel tests.
func open(t *testing.T, p listtest.Project) (*mig.Driver, *computetest.Server) {
	t.Helper()
	s := computetest.Start(t)
	p.Serve(s)
	for _, g := range p.Groups {
		s.Add(g.Location, g.Name)
	}
	d, err := mig.New(computetest.Project)
	require.NoError(t, err)
	return d, s
}

func TestAFleetIsItsGroupsAndTheirMachines(t *testing.T) {
	d, s := open(t, project)
	fleets, err := d.Fleets(t.Context(), spot)
	require.NoError(t, err)
	worker := func(name, zone, status string) gridstatus.Worker {
		return gridstatus.Worker{Name: name, State: status, Machine: &gridstatus.Machine{Zone: zone, Type: "c4a-standard-2"}}
	}
	assert.Equal(t, []gridstatus.Fleet{{
		Name: "spot", Group: "grid-spot-1a2b3c4", Desired: 5, InService: 2,
		Groups: []gridstatus.Group{
			{Name: "grid-spot-on-demand-ccc", Location: computetest.Region},
			{Name: "grid-spot-spot-0-aaa", Location: computetest.Region, Desired: 4, InService: 2, Changing: map[string]int{"CREATING": 1, "DELETING": 1}},
			{Name: "grid-spot-spot-1-bbb", Location: computetest.Zone, Desired: 1, Changing: map[string]int{"CREATING_WITHOUT_RETRIES": 1}},
		},
		Workers: []gridstatus.Worker{
			worker("grid-spot-1a2b3c4-spot-0-abcd", computetest.Zone, "STOPPING"), worker("grid-spot-1a2b3c4-spot-0-wxyz", "europe-west1-c", "RUNNING"),
		},
	}}, fleets)
	assert.Len(t, s.Calls(), 7, "three pages of groups, two of machines, and the failures of the two groups that are short")
}

func TestTheProblemIsTheLastFailureOfAGroupThatIsShort(t *testing.T) {
	d, s := open(t, project)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	first := s.Add(computetest.Region, "grid-spot-spot-0-aaa")
	first.Failures = []computetest.Failure{
		{At: at, Action: "CREATING", Code: "ZONE_RESOURCE_POOL_EXHAUSTED"}, {At: at.Add(-time.Hour), Action: "CREATING", Code: "QUOTA_EXCEEDED"},
	}
	s.Add(computetest.Region, "grid-spot-on-demand-ccc").Failures = []computetest.Failure{{At: at.Add(time.Hour), Action: "CREATING", Code: "OF_A_GROUP_THAT_HAS_ALL"}}
	fleets, err := d.Fleets(t.Context(), spot)
	require.NoError(t, err)
	assert.Equal(t, "ZONE_RESOURCE_POOL_EXHAUSTED: CREATING failed at 2026-03-01T12:00:00Z in grid-spot-spot-0-aaa", fleets[0].Problem)
}

func TestAFleetThatIsGoneCostsOnlyItself(t *testing.T) {
	d, _ := open(t, project)
	fleets, err := d.Fleets(t.Context(), map[string]string{"spot": "grid-spot-1a2b3c4", "big": "grid-big-9f8e7d6"})
	assert.ErrorIs(t, err, gridstatus.ErrGone)
	assert.ErrorContains(t, err, `fleet "big", managed instance groups for machines grid-big-9f8e7d6-… in project grid-project`)
	require.Len(t, fleets, 1)
	assert.Equal(t, "spot", fleets[0].Name)
}

func TestAZoneThatIsAwayCostsOnlyItself(t *testing.T) {
	p := project
	p.Unreachable = []string{"projects/grid-project/zones/europe-west1-d"}
	d, _ := open(t, p)
	fleets, err := d.Fleets(t.Context(), map[string]string{"spot": "grid-spot-1a2b3c4", "big": "grid-big-9f8e7d6"})
	assert.ErrorIs(t, err, gridstatus.ErrUnavailable)
	assert.NotErrorIs(t, err, gridstatus.ErrGone, "the other fleet may be there")
	assert.ErrorContains(t, err, "for projects/grid-project/zones/europe-west1-d: what is there is missing")
	require.Len(t, fleets, 1)
	assert.Equal(t, 2, fleets[0].InService)
}

func TestNoFleetsAreNotAskedFor(t *testing.T) {
	d, s := open(t, project)
	fleets, err := d.Fleets(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, fleets)
	assert.Empty(t, s.Calls())
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		reason string
		kind   error
		want   string
	}{
		"forbidden": {http.StatusForbidden, "forbidden", gridstatus.ErrDenied, "have the credentials roles/compute.viewer on it?"},
		"throttled": {http.StatusForbidden, "rateLimitExceeded", gridstatus.ErrUnavailable, "no answer of Compute Engine for project grid-project"},
		"broken":    {http.StatusServiceUnavailable, "backendError", gridstatus.ErrUnavailable, "no answer of Compute Engine"},
		"gone":      {http.StatusNotFound, "notFound", gridstatus.ErrGone, "project grid-project: it is not there any more"},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := open(t, project)
			s.Refuse(c.status, c.reason)
			fleets, err := d.Fleets(t.Context(), spot)
			assert.Empty(t, fleets)
			assert.ErrorIs(t, err, c.kind)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, c.reason)
		})
	}
}

func TestWithoutCredentialsTheErrorSaysHowToGetThem(t *testing.T) {
	d, _ := open(t, project)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/does/not/exist")
	_, err := d.Fleets(t.Context(), spot)
	assert.ErrorIs(t, err, gridstatus.ErrDenied)
	assert.ErrorContains(t, err, "no Google Cloud credentials: log in")
}

func TestWhatIsNoIDIsNotAskedFor(t *testing.T) {
	d, s := open(t, project)
	_, err := d.Fleets(t.Context(), map[string]string{"all": `.*`, "other": `x") OR name ne "`, "spot": "grid-spot-1a2b3c4"})
	assert.ErrorContains(t, err, `fleet "all": its ID is ".*"`)
	assert.ErrorContains(t, err, `fleet "other"`)
	assert.Empty(t, s.Calls())
}

func TestAProjectAndAnAddressThatDoesNotGiveTheTokenAwayAreNeeded(t *testing.T) {
	_, err := mig.New("")
	assert.ErrorContains(t, err, `control.project is ""`)
	t.Setenv(compute.EndpointVariable, "http://compute.example.com")
	_, err = mig.New(computetest.Project)
	assert.ErrorContains(t, err, compute.EndpointVariable+": address of the API is http://compute.example.com, want https")
}
