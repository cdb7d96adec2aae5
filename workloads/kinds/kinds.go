// Package kinds lists the job kinds that a grid's workers run, so that the
// command that submits jobs and the worker that runs them agree.
package kinds

import (
	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/numeric"
	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikijob"
)

// Options are what a worker's surroundings decide. The zero value serves
// whoever only checks payloads.
type Options struct {
	Command command.Options
}

// All are the kinds of a worker, for those who only check payloads.
func All() job.Kinds { return With(Options{}) }

// With are the kinds of a worker.
func With(o Options) job.Kinds {
	return job.NewKinds(
		command.NewKind(o.Command),
		reportjob.NewKind(),
		kmeans.NewKind(kmeans.KindOptions{}),
		kmeans.NewChunkKind(kmeans.KindOptions{}),
		numeric.NewKind(numeric.KindOptions{}),
		photojob.NewKind(photojob.KindOptions{}),
		photojob.NewDuplicatesKind(photojob.KindOptions{}),
		wikijob.NewKind(wikijob.KindOptions{}),
	)
}
