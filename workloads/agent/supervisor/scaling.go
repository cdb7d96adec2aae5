package supervisor

import "github.com/spotgrid/spotgrid/workloads/agent/api"

// Load is the backlog of a fleet's queue.
type Load struct {
	Ready  int // waiting
	Leased int // held by workers
}

// Wanted is how many workers the backlog asks for: one for every JobsPerWorker
// jobs, waiting and running alike, so that a queue whose last jobs are all
// running does not look empty.
func Wanted(f api.Fleet, l Load) int {
	jobs := max(0, l.Ready) + max(0, l.Leased)
	n := (jobs + f.JobsPerWorker - 1) / f.JobsPerWorker
	return min(max(n, f.MinWorkers), f.MaxWorkers)
}
