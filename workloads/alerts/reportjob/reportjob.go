// Package reportjob is the job kind "alerts": it judges a history of alerts that
// lies on the volume or in the job, and writes the report beside it.
package reportjob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/page"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// KindName is the job kind that judges alerts.
const KindName = "alerts"

// Limits of a job.
const (
	// MaxFiles that a job reads.
	MaxFiles = 100
	// MaxResultRules is how many rules a result holds; the report in the output
	// folder has all.
	MaxResultRules = 100
)

// Payload of a job. All paths are below the volume's folder of users' files.
type Payload struct {
	// Files with alerts, each in its own format: 1..MaxFiles, unless the job
	// carries alerts itself.
	Files []string `json:"files,omitempty"`
	// Incidents is a file with incidents; "" where there is none or the job
	// carries them.
	Incidents string `json:"incidents,omitempty"`
	// Output is the folder that the report is written to, made if missing; "":
	// it is in the result only.
	Output string `json:"output,omitempty"`
	alerts.Inline
}

// Result of a job: the report, with MaxResultRules rules at most.
type Result struct {
	*alerts.Report
	// Files that were written.
	Files []string `json:"files,omitempty"`
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(payload json.RawMessage) (Payload, error) {
	var p Payload
	if err := job.DecodeStrict(payload, &p); err != nil {
		return Payload{}, fmt.Errorf("decoding payload: %w", err)
	}
	errs := p.Faults()
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(p.Files) == 0 && !p.HasAlerts() {
		bad("want files, records or data: there are no alerts")
	}
	if len(p.Files) > MaxFiles {
		bad("files has %d names, want 1..%d", len(p.Files), MaxFiles)
	}
	for i, name := range p.Files {
		if !fs.ValidPath(name) {
			bad("files[%d] is %q, want a path such as alerts/history.csv", i, name)
		}
	}
	if p.Incidents != "" && !fs.ValidPath(p.Incidents) {
		bad("incidents is %q, want a path such as alerts/incidents.csv", p.Incidents)
	}
	if p.Incidents != "" && p.HasIncidents() {
		bad("want incidents or incident_records, not both")
	}
	if p.Output != "" && !fs.ValidPath(p.Output) {
		bad("output is %q, want a path such as alerts/report", p.Output)
	}
	return p, errors.Join(errs...)
}

type kind struct{}

var _ job.Kind = kind{}

// NewKind makes the job kind "alerts". Its payload is a Payload and its result a
// Result.
func NewKind() job.Kind { return kind{} }

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

func (kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	p, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil && (len(p.Files) > 0 || p.Incidents != "" || p.Output != "") {
		return nil, job.Reject(errors.New("the job names files, and this worker has no folder of files"))
	}
	f := folder{ctx, task.Files, task.ID}
	report, err := judge(ctx, p, f)
	if err != nil {
		return nil, rejected(err)
	}
	task.Log.Info("judged", "alerts", report.Alerts, "rules", len(report.Rules), "verdicts", report.Verdicts)
	result := Result{Report: report}
	if p.Output != "" {
		if result.Files, err = write(report, f, p.Output); err != nil {
			return nil, rejected(err)
		}
		task.Log.Info("wrote", "files", result.Files)
	}
	report.CutRules(MaxResultRules)
	encoded, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

// rejected marks what trying again cannot mend.
func rejected(err error) error {
	if alerts.IsInput(err) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errPath) {
		return job.Reject(err)
	}
	return err
}

func judge(ctx context.Context, p Payload, f folder) (*alerts.Report, error) {
	var h history.History
	sources, err := p.ReadAlerts(&h)
	errs := []error{err}
	zone, err := alerts.LoadZone(p.Timezone)
	if err != nil {
		return nil, err
	}
	p.Options.Zone = zone
	for _, name := range p.Files {
		s, err := f.readAlerts(name, history.Options{Name: name, Format: p.Format, Zone: zone}, &h)
		errs = append(errs, err)
		sources = append(sources, s)
	}
	incidents, err := p.ReadIncidents()
	if p.Incidents != "" {
		incidents, err = f.readIncidents(p.Incidents, history.Options{Name: p.Incidents, Zone: zone})
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	report, err := alerts.Analyze(ctx, &h, incidents, p.Options)
	if err != nil {
		return nil, err
	}
	report.Sources = sources
	return report, nil
}

// write writes the report's files and returns their names.
func write(r *alerts.Report, f folder, output string) ([]string, error) {
	files, err := page.Files(r)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		name, err := f.write(output, file)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}
