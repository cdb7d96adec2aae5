package demo

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/demo/photos"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikijob"
)

// How many jobs there are of the kinds that have many.
const (
	Fits     = 10
	Commands = 20
)

// Names of kinds whose packages export none.
const (
	commandKind = "command"
	numericKind = "numeric"
)

// Options of a batch.
type Options struct {
	// Output is a folder below the users' files for what the jobs write.
	Output string
	// Wiki asks Wikipedia.
	Wiki bool
}

// First are the jobs that need nothing but the inputs.
func First(o Options) ([]job.Job, error) {
	b := &builder{}
	for _, folder := range photos.Folders() {
		b.add(photojob.KindName, map[string]any{
			"files": []string{path.Join(photosFolder, folder, "*")}, "output": path.Join(o.Output, "photos"),
			"steps": []photojob.Step{
				photojob.StepHash, photojob.StepFaces, photojob.StepCorners, photojob.StepEdges, photojob.StepThumbnail, photojob.StepAnnotate,
			},
			"long_side": 480,
		})
	}
	b.add(reportjob.KindName, map[string]any{"files": []string{alertsFile}, "incidents": incidentsFile, "output": path.Join(o.Output, "alerts")})
	b.add(numericKind, map[string]any{"n": 700, "seed": 1})
	b.add(kmeans.KindName, map[string]any{"file": PointsFile, "clusters": clusters, "restarts": 5, "output": path.Join(o.Output, "clusters")})
	if o.Wiki {
		b.add(wikijob.KindName, map[string]any{"entities": []string{"k-means clustering", "spot market", "Pulumi"}, "output": path.Join(o.Output, "wiki")})
	}
	for i := range Fits {
		b.add(kmeans.KindName, map[string]any{"points": 100_000, "features": 10, "clusters": 3, "seed": i + 1})
	}
	for i := range Commands {
		argv := []string{"echo", fmt.Sprintf("command %d of %d", i+1, Commands), "&& rm -rf / is only text"}
		if i%4 == 0 {
			argv = []string{"sleep", "0.5"}
		}
		b.add(commandKind, command.Spec{Argv: argv})
	}
	return b.jobs, b.err
}

// Second are the jobs that need what the first wrote.
func Second(o Options) ([]job.Job, error) {
	b := &builder{}
	b.add(photojob.DuplicatesKindName, map[string]any{
		"index": []string{path.Join(o.Output, "photos", "index", "*.jsonl")}, "output": path.Join(o.Output, "photos"),
	})
	return b.jobs, b.err
}

// builder keeps the first error, so that jobs can be listed one after the
// other.
type builder struct {
	jobs []job.Job
	err  error
}

func (b *builder) add(kind string, payload any) {
	encoded, err := json.Marshal(payload)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("encoding payload of kind %q: %w", kind, err)
	}
	b.jobs = append(b.jobs, job.Job{Kind: kind, Payload: encoded})
}
