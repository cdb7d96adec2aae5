// Package agent tells how local grids are doing, as their agents say.
package agent

import (
	"context"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/gridstatus"
)

// Source is one agent.
type Source struct{ Client *api.Client }

var _ gridstatus.Source = Source{}

// Status implements gridstatus.Source.
func (s Source) Status(ctx context.Context) (*gridstatus.Status, error) {
	told, err := s.Client.Status(ctx)
	if err != nil {
		return nil, err
	}
	return Of(told), nil
}

// Of puts what an agent said into the shape that all targets share.
func Of(s *api.Status) *gridstatus.Status {
	out := &gridstatus.Status{
		Target: "local", Problem: s.Problem,
		Agent: &gridstatus.Agent{
			Directory: s.Directory, PID: s.PID, SHA256: s.SHA256, StartedAt: s.StartedAt, AgentURL: s.URL, QueueURL: s.QueueURL,
		},
		Queues: []gridstatus.Queue{}, Volumes: []gridstatus.Volume{}, Fleets: []gridstatus.Fleet{}, Functions: []gridstatus.Function{},
	}
	for _, q := range s.Queues {
		out.Queues = append(out.Queues, gridstatus.Queue{Name: q.Name, URL: q.URL, LeaseSeconds: q.LeaseSeconds, Ready: q.Ready, Leased: q.Leased})
	}
	for _, v := range s.Volumes {
		out.Volumes = append(out.Volumes, gridstatus.Volume{Name: v.Name, URL: v.URL, Path: v.Path})
	}
	for _, f := range s.Fleets {
		out.Fleets = append(out.Fleets, fleet(f))
	}
	for _, f := range s.Functions {
		out.Functions = append(out.Functions, gridstatus.Function{
			Name: f.Name, ID: f.Name,
			Calls: &gridstatus.Calls{URL: f.URL, Instances: f.Instances, Calls: f.Calls, Errors: f.Errors},
		})
	}
	return out
}

func fleet(f api.FleetStatus) gridstatus.Fleet {
	out := gridstatus.Fleet{
		Name: f.Name, Desired: f.Desired, MinWorkers: f.MinWorkers, MaxWorkers: f.MaxWorkers,
		InService: len(f.Workers), Workers: []gridstatus.Worker{}, Problem: f.LastError,
	}
	for _, w := range f.Workers {
		out.Workers = append(out.Workers, gridstatus.Worker{
			Name: w.Name, State: w.State,
			Process: &gridstatus.Process{PID: w.PID, StartedAt: w.StartedAt, Log: w.Log, InterruptAt: w.InterruptAt},
		})
	}
	return out
}
