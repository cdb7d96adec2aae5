package gallery

import (
	"encoding/json"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/numeric"
	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikijob"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

const (
	// maxCommands are listed with their output, of which maxOutput characters
	// are shown.
	maxCommands = 200
	maxOutput   = 120
)

// commandRun is what a command gave.
type commandRun struct {
	JobID string
	command.Result
	Output string
}

// other is a job of a kind that has no picture, or one that was given up.
type other struct {
	JobID, Kind, Text string
	Bad               bool
}

func succeeded(r volume.Record) bool { return r.Outcome == job.Succeeded }

// pictured are the kinds that other sections show.
var pictured = map[string]bool{
	"command": true, kmeans.KindName: true, reportjob.KindName: true, photojob.KindName: true, photojob.DuplicatesKindName: true,
}

func (p *page) addOthers() {
	results(p, "command", func(r volume.Record, c command.Result) {
		if len(p.Commands) < maxCommands {
			p.Commands = append(p.Commands, commandRun{r.JobID, c, cut(c.Stdout, maxOutput)})
		}
	})
	for _, r := range p.Records {
		switch {
		case !succeeded(r):
			p.Others = append(p.Others, other{r.JobID, r.Kind, fmt.Sprintf("%s after %s: %s", r.Outcome, wording.Count(len(r.Attempts), "attempt"), cut(r.Cause, maxOutput)), true})
		case !pictured[r.Kind]:
			p.Others = append(p.Others, other{r.JobID, r.Kind, inWords(r), false})
		}
	}
}

// inWords is a result in a sentence; of kinds that are not known here, the
// beginning of their JSON.
func inWords(r volume.Record) string {
	switch r.Kind {
	case "numeric":
		var n numeric.Result
		if json.Unmarshal(r.Result, &n) == nil {
			return fmt.Sprintf("a matrix of %d×%d: trace of tanh %.6g, checksum %.6g, in %s", n.N, n.N, float64(n.Trace), float64(n.Checksum), wording.Seconds(r.Seconds))
		}
	case wikijob.KindName:
		var w wikijob.Result
		if json.Unmarshal(r.Result, &w) == nil {
			return fmt.Sprintf("asked Wikipedia for %d entities: %d found, %d ambiguous, %d missing, %d failed", w.Entities, w.Found, w.Ambiguous, w.Missing, w.Failed+w.Invalid)
		}
	}
	return cut(string(r.Result), maxOutput)
}

// MaxRSSMiB is the largest resident memory, for the page.
func (c commandRun) MaxRSSMiB() float64 { return float64(c.MaxRSSBytes) / (1 << 20) }
