package supervisor

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Host is what a fleet needs from the agent around it.
type Host interface {
	// Backlog of the fleet's queue.
	Backlog(ctx context.Context, queue string) (Load, error)
	// NextName makes a worker's name that was never used before.
	NextName(fleet string) (string, error)
	// Program is the path of the agent's copy of the declared binary.
	Program(f api.Fleet) string
	// Environment is what a worker sees.
	Environment(f api.Fleet, worker string) []string
	// Log is the file that takes what the worker prints.
	Log(worker string) string
	// Busy reports whether the worker is running a job now.
	Busy(f api.Fleet, worker string) bool
	// Announce shows the worker an interruption at its metadata endpoint.
	Announce(worker string, at time.Time)
	// Changed is called when processes have come or gone.
	Changed()
	// Forget drops what is kept for a worker that has ended.
	Forget(worker string)
}
