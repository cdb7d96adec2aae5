// Package gridstatus is how a grid is doing: its queues, fleets and functions,
// in one shape for every target. There is one driver package per target:
// agent for local grids, asg for the fleets of a grid on AWS, mig for those of a
// grid on Google Cloud.
package gridstatus

import (
	"context"
	"time"
)

// Source finds out how one grid is doing.
type Source interface {
	// Status asks anew. With an error it still returns what could be found
	// out, nil if that is nothing.
	Status(ctx context.Context) (*Status, error)
}

// Status is how a grid is doing.
type Status struct {
	Target string `json:"target"`
	// Agent is the process that keeps a local grid, nil on other targets.
	*Agent
	// Problem is what keeps the grid from its work, "" if nothing is known to.
	Problem   string     `json:"problem,omitempty"`
	Queues    []Queue    `json:"queues"`
	Volumes   []Volume   `json:"volumes"`
	Fleets    []Fleet    `json:"fleets"`
	Functions []Function `json:"functions"`
}

// Agent is the process that keeps a local grid.
type Agent struct {
	Directory string    `json:"directory"`
	PID       int       `json:"pid"`
	SHA256    string    `json:"sha256"` // of its program
	StartedAt time.Time `json:"started_at"`
	AgentURL  string    `json:"url"`
	QueueURL  string    `json:"queue_url"`
}

// Queue is a queue and its counts.
type Queue struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	LeaseSeconds int    `json:"lease_seconds"`
	Ready        int    `json:"ready"`  // waiting, those in a retry delay included where the service can tell
	Leased       int    `json:"leased"` // held by workers
	// CountedTogether: the service cannot tell waiting from held, Ready is both
	// and Leased 0.
	CountedTogether bool `json:"counted_together,omitempty"`
	// LagSeconds is how old the counts may be; 0: seconds.
	LagSeconds int `json:"lag_seconds,omitempty"`
	// Uncounted: the service has no count, or none yet, and Ready and Leased say
	// nothing.
	Uncounted bool `json:"uncounted,omitempty"`
}

// Volume is the shared folder.
type Volume struct {
	Name string `json:"name"`
	URL  string `json:"url"`  // on the grid's machines
	Path string `json:"path"` // "" where it is no folder
}

// Fleet is a fleet and its workers.
type Fleet struct {
	Name string `json:"name"`
	// Group is what the target calls it, "" where that is its name.
	Group string `json:"group,omitempty"`
	// Desired is how many workers it should have now.
	Desired int `json:"desired"`
	// MinWorkers and MaxWorkers bound Desired; a MaxWorkers of 0: the target
	// does not tell.
	MinWorkers int `json:"min_workers"`
	MaxWorkers int `json:"max_workers"`
	// InService is how many are at work.
	InService int      `json:"in_service"`
	Workers   []Worker `json:"workers"`
	// Groups are what the fleet is made of where that may be several, by name.
	Groups []Group `json:"groups,omitempty"`
	// Problem is why it does not have the workers it should have, "" if
	// nothing is known of.
	Problem string `json:"last_error,omitempty"`
}

// Group is a part of a fleet that the target looks after by itself.
type Group struct {
	Name string `json:"name"`
	// Location is a zone or a region.
	Location string `json:"location"`
	// Desired is how many workers it should have now, InService how many are at
	// work.
	Desired   int `json:"desired"`
	InService int `json:"in_service"`
	// Changing counts the others by what the target is about to do with them,
	// in its own word, such as CREATING.
	Changing map[string]int `json:"changing,omitempty"`
}

// Worker is one process or machine of a fleet.
type Worker struct {
	Name string `json:"name"`
	// State is the target's own word: running, interrupted or stopping of a
	// local worker, the lifecycle state of an instance on AWS, the status of one
	// on Google Cloud.
	State string `json:"state"`
	// Process is there for workers of a local grid, Machine for those of a
	// cloud.
	*Process
	*Machine
}

// Process is what is known of a worker on this machine.
type Process struct {
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"`
	Log       string    `json:"log"`
	// InterruptAt is when an announced interruption ends the worker.
	InterruptAt *time.Time `json:"interrupt_at,omitempty"`
}

// Machine is what is known of a worker that has a machine to itself.
type Machine struct {
	Zone string `json:"zone"`
	Type string `json:"type"`
	// Health is the target's own word; "": it does not look.
	Health string `json:"health"`
	// Protected: the fleet does not take the machine away when it shrinks. A
	// cloud that wants its spot capacity back does.
	Protected bool `json:"protected"`
}

// Function is a function.
type Function struct {
	Name string `json:"name"`
	// ID is what the target calls it: an ARN on AWS, a URL on Google Cloud.
	ID string `json:"id"`
	// Calls is there where the target counts.
	*Calls
}

// Calls are counts since the agent started.
type Calls struct {
	URL       string `json:"url"`
	Instances int    `json:"instances"`
	Calls     int    `json:"calls"`
	Errors    int    `json:"errors"`
}
