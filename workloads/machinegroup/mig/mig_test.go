package mig_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/machinegrouptest"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
)

// machine is the one that the tests' driver runs on.
var machine = computetest.Machine{Zone: computetest.Zone, Name: "workers-0a1b", Status: "RUNNING"}

// other is another machine of its group.
var other = computetest.Machine{Zone: "europe-west1-c", Name: "workers-2c3d", Status: "RUNNING"}

// open opens the driver of the machine and closes it when the test ends.
func open(t *testing.T, location, group, more string) machinegroup.Driver {
	t.Helper()
	u, err := url.Parse(fmt.Sprintf("mig://%s/%s/%s?instance=%s%s", computetest.Project, location, group, machine.Name, more))
	require.NoError(t, err)
	d, err := mig.Open(t.Context(), u)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

func isGone(s *computetest.Server, g *computetest.Group) func(*testing.T) bool {
	return func(*testing.T) (is bool) {
		s.Change(func() {
			is = true
			for _, m := range g.Machines {
				is = is && m.Name != machine.Name
			}
		})
		return is
	}
}

// Not parallel: the server is found by the environment.
func TestDriver(t *testing.T) {
	s := computetest.Start(t)
	for _, location := range []string{computetest.Zone, computetest.Region} {
		t.Run(location, func(t *testing.T) {
			var groups atomic.Int64
			in := func(t *testing.T, more string, machines ...computetest.Machine) machinegrouptest.Machine {
				name := fmt.Sprint("workers-", groups.Add(1))
				g := s.Add(location, name, machines...)
				return machinegrouptest.Machine{Driver: open(t, location, name, more), IsGone: isGone(s, g)}
			}
			machinegrouptest.Run(t, machinegrouptest.Harness{
				New:     func(t *testing.T) machinegrouptest.Machine { return in(t, "", machine) },
				Needed:  func(t *testing.T) machinegrouptest.Machine { return in(t, "&min=2", machine, other) },
				Missing: func(t *testing.T) machinegroup.Driver { return open(t, location, "missing", "") },
			})
		})
	}
}

// Not parallel: the server is found by the environment.
func TestLeavingTakesThisMachineAndLowersTheTarget(t *testing.T) {
	s := computetest.Start(t)
	g := s.Add(computetest.Region, "workers", other, machine)
	require.NoError(t, open(t, computetest.Region, "workers", "").Leave(t.Context()))
	assert.Equal(t, 1, g.Target, "no other machine takes its place")
	assert.Equal(t, []computetest.Machine{other}, g.Machines)
	assert.Equal(t, []string{"POST regions/europe-west1/instanceGroupManagers/workers/deleteInstances"}, s.Calls(),
		"without a minimum nobody asks for the size")
}

// Not parallel: the server is found by the environment.
func TestMachinesLeaveDownToTheMinimum(t *testing.T) {
	s := computetest.Start(t)
	g := s.Add(computetest.Zone, "workers", other, machine)
	d := open(t, computetest.Zone, "workers", "&min=1")
	g.Target = 3 // one is being made
	require.NoError(t, d.Leave(t.Context()))
	assert.Equal(t, 2, g.Target)
	require.NoError(t, d.Leave(t.Context()), "it is not in the group any more")
	assert.Equal(t, 2, g.Target)
	g.Target = 1
	err := d.Leave(t.Context())
	require.ErrorContains(t, err, "the group needs the machine: its target is 1, its minimum 1")
	assert.Equal(t, machinegroup.KindAtMinimum, d.Kind(err))
}

// Not parallel: the server is found by the environment.
func TestTheDriverDoesNotRetry(t *testing.T) {
	s := computetest.Start(t)
	s.Add(computetest.Zone, "workers", machine)
	s.Refuse(http.StatusForbidden, "rateLimitExceeded")
	d := open(t, computetest.Zone, "workers", "")
	err := d.Leave(t.Context())
	require.Equal(t, machinegroup.KindThrottled.String(), d.Kind(err).String(), "%v", err)
	require.Len(t, s.Calls(), 1)
}

// Not parallel: the server is found by the environment.
func TestCloseEndsACall(t *testing.T) {
	s := computetest.Start(t)
	silent := s.Silence()
	d := open(t, computetest.Zone, "workers", "")
	result := make(chan error)
	go func() { result <- d.Leave(context.Background()) }()
	<-silent
	require.NoError(t, d.Close())
	require.Equal(t, machinegroup.KindClosed.String(), d.Kind(<-result).String())
}

// Not parallel: it changes the environment.
func TestWithoutCredentialsCallsAreDenied(t *testing.T) {
	computetest.Start(t)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/does/not/exist")
	d := open(t, computetest.Zone, "workers", "")
	err := d.Leave(t.Context())
	require.Equal(t, machinegroup.KindDenied.String(), d.Kind(err).String(), "%v", err)
	require.ErrorContains(t, err, "no Google Cloud credentials: log in")
}

// Not parallel: it changes the environment.
func TestEndpointThatWouldGiveAwayTheTokenIsRefused(t *testing.T) {
	t.Setenv(compute.EndpointVariable, "http://compute.example.com/v1")
	_, err := machinegroup.Open(t.Context(), "mig://grid-project/europe-west1/workers?instance=w-1", machinegroup.Openers{"mig": mig.Open})
	require.EqualError(t, err, `opening machine group "mig://grid-project/europe-west1/workers": SPOTGRID_COMPUTE_ENDPOINT: `+
		`address of the API is http://compute.example.com, want https (http for this machine alone): calls carry a token`)
}

func TestOpenThroughTheGroup(t *testing.T) {
	t.Parallel()
	openers := machinegroup.Openers{"mig": mig.Open}
	g, err := machinegroup.Open(t.Context(), "mig://grid-project/europe-west1/workers?instance=w-1", openers)
	require.NoError(t, err)
	assert.Equal(t, "europe-west1/workers", g.Name())
	assert.Equal(t, machinegroup.Caps{LeavesInService: true}, g.Caps())
	require.NoError(t, g.Close())
	_, err = machinegroup.Open(t.Context(), "mig://p/here", openers)
	assert.ErrorContains(t, err, `opening machine group "mig://p/here": reading the machine's URL`)
}
