// Package weekly is the grid's function "alerts": it judges the alerts that a
// call carries, or, on a schedule, those that CloudWatch remembers.
package weekly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// MaxAnswerRules is how many rules an answer holds: as few as keep it far below
// the 6 MB that Lambda carries.
const MaxAnswerRules = 200

// SourceCloudWatch says that the alerts are CloudWatch's.
const SourceCloudWatch = "cloudwatch"

const (
	defaultDays = 7
	// maxDays is what CloudWatch keeps: its guide says 30 days, older texts of AWS
	// say 14. What it no longer has is not in the report.
	maxDays = 30
)

// Request says what to judge. A schedule's payload is the same each time, so
// that it names a source; other calls carry the alerts.
type Request struct {
	// Source is SourceCloudWatch, or "" for what the call carries.
	Source string `json:"source,omitempty"`
	// Days that are read from a source, up to now: 1..30, default 7.
	Days int `json:"days,omitempty"`
	// Region of a source; default: that of the function.
	Region string `json:"region,omitempty"`
	alerts.Inline
}

// UnmarshalJSON reads a request strictly, whoever decodes it. The error is a
// *RequestError.
func (r *Request) UnmarshalJSON(b []byte) error {
	type plain Request // without this method
	if err := job.DecodeStrict(b, (*plain)(r)); err != nil {
		return &RequestError{err}
	}
	return nil
}

// RequestError says what is wrong with a request; callers see its name as the
// type of the error.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return "bad request: " + e.Err.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

// Check returns every fault of the request in one *RequestError, or nil.
func (r Request) Check() error {
	errs := r.Faults()
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch r.Source {
	case SourceCloudWatch:
		if r.HasAlerts() {
			bad("want a source, or records and data, not both")
		}
		if r.Days < 0 || r.Days > maxDays {
			bad("days is %d, want 1..%d", r.Days, maxDays)
		}
	case "":
		if !r.HasAlerts() {
			bad("want records, data or source: there are no alerts")
		}
		if r.Days != 0 || r.Region != "" {
			bad("days and region need a source")
		}
	default:
		bad("source is %q, want %q or none", r.Source, SourceCloudWatch)
	}
	if err := errors.Join(errs...); err != nil {
		return &RequestError{err}
	}
	return nil
}

// Reader reads alerts from a source, in order of time.
type Reader interface {
	Read(ctx context.Context, from, until time.Time, add func(history.Alert) error) (history.Source, error)
}

// Function is the function with what it needs of its surroundings.
type Function struct {
	// Open opens SourceCloudWatch in a region, "" for the function's.
	Open func(ctx context.Context, region string) (Reader, error)
	// Now is the clock.
	Now func() time.Time
	// Log takes the verdicts: of a call by a schedule nobody reads the answer.
	Log *slog.Logger
}

// Handle answers a request with the report, of MaxAnswerRules rules at most. A
// time without alerts is a report with none, not an error.
func (f Function) Handle(ctx context.Context, r Request) (*alerts.Report, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	var h history.History
	sources, err := f.read(ctx, &r, &h)
	if err != nil {
		return nil, asRequest(err)
	}
	incidents, err := r.ReadIncidents()
	if err != nil {
		return nil, asRequest(err)
	}
	if r.Options.Zone, err = alerts.LoadZone(r.Timezone); err != nil {
		return nil, asRequest(err)
	}
	report, err := alerts.Analyze(ctx, &h, incidents, r.Options)
	if errors.Is(err, alerts.ErrNoAlerts) && r.Source != "" {
		report, err = &alerts.Report{Timezone: r.Options.Zone.String(), From: r.Options.From, Until: r.Options.Until, Rules: []alerts.Rule{}, Verdicts: map[alerts.Verdict]int{}, Options: r.Options.WithDefaults()}, nil
	}
	if err != nil {
		return nil, asRequest(err)
	}
	report.Sources = sources
	f.tell(ctx, report)
	report.CutRules(MaxAnswerRules)
	return report, nil
}

// asRequest marks what is wrong with what the call carries.
func asRequest(err error) error {
	if alerts.IsInput(err) {
		return &RequestError{err}
	}
	return err
}

// read collects the alerts, and bounds the time by what was asked of a source.
func (f Function) read(ctx context.Context, r *Request, h *history.History) ([]history.Source, error) {
	if r.Source == "" {
		return r.ReadAlerts(h)
	}
	if r.Days == 0 {
		r.Days = defaultDays
	}
	until := f.Now()
	from := until.AddDate(0, 0, -r.Days)
	if r.Options.From.IsZero() {
		r.Options.From = from
	}
	if r.Options.Until.IsZero() {
		r.Options.Until = until
	}
	reader, err := f.Open(ctx, r.Region)
	if err != nil {
		return nil, err
	}
	source, err := reader.Read(ctx, from, until, h.Add)
	return []history.Source{source}, err
}

// tell logs what is to be done.
func (f Function) tell(ctx context.Context, r *alerts.Report) {
	f.Log.InfoContext(ctx, "judged alerts", "alerts", r.Alerts, "night_alerts", r.NightAlerts, "rules", len(r.Rules), "verdicts", r.Verdicts,
		"sleep_hours_lost", r.Sleep.HoursLost, "sleep_hours_returned", r.Sleep.HoursReturned)
	for _, rule := range r.Rules[:min(len(r.Rules), MaxAnswerRules)] {
		if rule.Verdict != alerts.Keep {
			f.Log.WarnContext(ctx, "rule needs a hand", "rule", rule.Name, "verdict", rule.Verdict, "reason", rule.Reason, "alerts", rule.Alerts, "sleep_hours", rule.SleepHours)
		}
	}
}
