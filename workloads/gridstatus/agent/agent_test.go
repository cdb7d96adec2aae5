package agent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/agent"
)

func TestAnAgentsStatusKeepsItsMeaning(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	told := &api.Status{
		PID: 7, URL: "http://a", QueueURL: "nats://q", Problem: "no disk",
		Queues:  []api.QueueStatus{{Queue: api.Queue{Name: "jobs", LeaseSeconds: 30}, URL: "nats://q/jobs", Ready: 2, Leased: 1}},
		Volumes: []api.VolumeStatus{{Volume: api.Volume{Name: "volume", Path: "/v"}, URL: "file:///v"}},
		Fleets: []api.FleetStatus{{
			Fleet: api.Fleet{Name: "spot", MinWorkers: 1, MaxWorkers: 4}, Desired: 2, LastError: "it broke",
			Workers: []api.Worker{{Name: "spot-1", PID: 8, StartedAt: began, State: "running", Log: "/l"}},
		}},
		Functions: []api.FunctionStatus{{Function: api.Function{Name: "quote"}, URL: "http://f", Instances: 1, Calls: 5, Errors: 2}},
	}
	assert.Equal(t, &gridstatus.Status{
		Target: "local", Problem: "no disk", Agent: &gridstatus.Agent{PID: 7, AgentURL: "http://a", QueueURL: "nats://q"},
		Queues:  []gridstatus.Queue{{Name: "jobs", URL: "nats://q/jobs", LeaseSeconds: 30, Ready: 2, Leased: 1}},
		Volumes: []gridstatus.Volume{{Name: "volume", URL: "file:///v", Path: "/v"}},
		Fleets: []gridstatus.Fleet{{
			Name: "spot", Desired: 2, MinWorkers: 1, MaxWorkers: 4, InService: 1, Problem: "it broke",
			Workers: []gridstatus.Worker{{Name: "spot-1", State: "running", Process: &gridstatus.Process{PID: 8, StartedAt: began, Log: "/l"}}},
		}},
		Functions: []gridstatus.Function{{Name: "quote", ID: "quote", Calls: &gridstatus.Calls{URL: "http://f", Instances: 1, Calls: 5, Errors: 2}}},
	}, agent.Of(told))
	empty := agent.Of(&api.Status{})
	assert.NotNil(t, empty.Queues, "an empty list is [] in JSON")
	assert.NotNil(t, empty.Fleets)
}
