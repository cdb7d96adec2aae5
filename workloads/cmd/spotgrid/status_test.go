package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
)

func TestAQueuesStateSaysNoMoreThanIsKnown(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]gridstatus.Queue{
		"7 waiting, 2 held by workers; lease 60 s":                                      {Ready: 7, Leased: 2, LeaseSeconds: 60},
		"7 waiting or held by workers; lease 60 s":                                      {Ready: 7, CountedTogether: true, LeaseSeconds: 60},
		"about 7 waiting or held by workers, as of up to 5 minutes ago; lease 60 s":     {Ready: 7, CountedTogether: true, LagSeconds: 300, LeaseSeconds: 60},
		"about 7 waiting, 2 held by workers, as of up to 90 seconds ago; lease 60 s":    {Ready: 7, Leased: 2, LagSeconds: 90, LeaseSeconds: 60},
		"about 1 waiting, 0 held by workers, as of up to 3 minutes ago; lease 60 s":     {Ready: 1, LagSeconds: 121, LeaseSeconds: 60},
		"not counted yet; lease 600 s":                                                  {Uncounted: true, CountedTogether: true, LagSeconds: 300, LeaseSeconds: 600},
		"about 0 waiting or held by workers, as of up to 1 second ago; lease 10 s":      {CountedTogether: true, LagSeconds: 1, LeaseSeconds: 10},
		"about 12345 waiting or held by workers, as of up to 2 minutes ago; lease 10 s": {Ready: 12345, CountedTogether: true, LagSeconds: 120, LeaseSeconds: 10},
		"0 waiting, 0 held by workers; lease 0 s":                                       {},
	} {
		assert.Equal(t, want, queueState(q))
	}
}

func TestAFleetsStateIsThatOfItsGroups(t *testing.T) {
	t.Parallel()
	groups := []gridstatus.Group{{Name: "a"}, {Name: "b"}}
	workers := make([]gridstatus.Worker, 3)
	for want, f := range map[string]gridstatus.Fleet{
		"2 of 3 workers (0..10), 1 coming or going; group g":             {InService: 2, Desired: 3, MaxWorkers: 10, Workers: workers, Group: "g"},
		"2 of 3 workers in 2 groups; machines grid-spot-1a-…":            {InService: 2, Desired: 3, Workers: workers, Group: "grid-spot-1a", Groups: groups},
		"0 of 1 workers in 1 group; machines g-…; last failure: no room": {Desired: 1, Group: "g", Groups: groups[:1], Problem: "no room"},
	} {
		assert.Equal(t, want, fleetState(f))
	}
	assert.Equal(t, "2 of 5 in europe-west1, 2 creating without retries, 1 deleting", groupState(gridstatus.Group{
		Desired: 5, InService: 2, Location: "europe-west1", Changing: map[string]int{"DELETING": 1, "CREATING_WITHOUT_RETRIES": 2},
	}))
}
