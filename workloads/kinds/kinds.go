// Package kinds lists the job kinds that a grid's workers run, so that the
// command that submits jobs and the worker that runs them agree.
package kinds

import (
	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
)

// All are the kinds of a worker.
func All() job.Kinds {
	return job.NewKinds(
		command.NewKind(command.Options{}),
		kmeans.NewKind(kmeans.KindOptions{}),
	)
}
