package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
)

// newGoogleGrid has workers that find a stand-in for Google Cloud, as on machines
// of it, and what a fleet there tells them.
func newGoogleGrid(t *testing.T, idleSeconds int) (*grid, *computetest.Server) {
	t.Helper()
	s := computetest.New(t)
	g := newGrid(t, 30)
	for name, value := range s.Environment(t.TempDir()) {
		g.environment = append(g.environment, name+"="+value)
	}
	g.environment = append(g.environment, "SPOTGRID_METADATA_URL=gce+"+s.URL, fmt.Sprint("SPOTGRID_IDLE_SECONDS=", idleSeconds),
		"SPOTGRID_LOG=json", "SPOTGRID_DRAIN_SECONDS=25")
	return g, s
}

func migURL(instance string) string {
	return "SPOTGRID_GROUP_URL=mig://" + computetest.Project + "/" + computetest.Region + "/workers?instance=" + instance
}

func TestIdleMachineOnGoogleCloudLeavesItsGroup(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 s, the time that a worker waits for a job")
	}
	t.Parallel()
	g, s := newGoogleGrid(t, 1)
	group := s.Add(computetest.Region, "workers", computetest.Machine{Zone: computetest.Zone, Name: "w-1", Status: "RUNNING"})
	target := func() (n int) { s.Change(func() { n = group.Target }); return n }
	p := g.start("w-1", migURL("w-1"))
	g.send("j", "sleep", "2")
	g.await("the job is done", 10*time.Second, g.isDone("j"))
	assert.Equal(t, 1, target(), "a busy machine stays")
	g.await("the machine has left", 45*time.Second, func() bool { return target() == 0 })
	require.NoError(t, p.Process.Signal(syscall.SIGTERM), "which the end of the machine brings")
	assert.Equal(t, exitDrained, p.exitCode(t, 10*time.Second))
}

func TestPreemptedMachineOnGoogleCloudHandsItsJobBack(t *testing.T) {
	t.Parallel()
	g, s := newGoogleGrid(t, 3600)
	group := s.Add(computetest.Region, "workers", computetest.Machine{Zone: computetest.Zone, Name: "w-1", Status: "RUNNING"})
	p := g.start("w-1", migURL("w-1"))
	g.send("j", "sleep", "100")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	s.Preempt()
	announced := time.Now()
	assert.Equal(t, exitDrained, p.exitCode(t, 25*time.Second))
	assert.Less(t, time.Since(announced), 20*time.Second, "30 s after the announcement the machine is gone")
	attempts, err := g.volume.Attempts("j")
	require.NoError(t, err)
	assert.Equal(t, "[interrupted]", outcomes(attempts))
	assert.Contains(t, attempts[0].Cause, "announced by gce")
	assert.Zero(t, job.CountedAttempts(attempts))
	assert.Equal(t, 1, group.Target, "the group starts another machine for it")
}
