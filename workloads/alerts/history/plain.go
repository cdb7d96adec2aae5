package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// plainRow reads a row with the columns of the reading.
func plainRow(t *table) record {
	rec := record{alert: Alert{AtMillis: t.time("time"), Rule: clean(t.get("rule")), Key: t.get("key")}, title: clean(t.get("title"))}
	if t.d.columns.needsRule && rec.alert.Rule == "" {
		t.bad("rule", "is empty")
	}
	if s := strings.TrimSpace(t.get("acted")); s != "" {
		yes, ok := parseBool(s)
		if !ok {
			t.bad("acted", "is %s, want true, false or nothing", quoted(s))
		}
		rec.alert.Acted = actedIf(yes)
	}
	if s := t.get("acknowledged_at"); s != "" {
		t.time("acknowledged_at")
		rec.alert.Acted = ActedYes
	}
	return rec
}

// plainAlert and plainIncident are the records that a line may hold.
type plainAlert struct {
	Time           jsonTime `json:"time"`
	Rule           string   `json:"rule"`
	Key            string   `json:"key"`
	Acted          *bool    `json:"acted"`
	AcknowledgedAt jsonTime `json:"acknowledged_at"`
}

type plainIncident struct {
	Time     jsonTime `json:"time"`
	ID       any      `json:"id"` // some count
	Title    string   `json:"title"`
	Severity any      `json:"severity"`
}

// plainItem reads an object with the members of the reading.
func plainItem(raw []byte, zone *time.Location, c columns) (record, error) {
	if !c.needsRule {
		var p plainIncident
		if err := decodePlain(raw, &p, c); err != nil {
			return record{}, err
		}
		at, err := parseTime(string(p.Time), zone)
		if err != nil {
			return record{}, fmt.Errorf("time %w", err)
		}
		return record{alert: Alert{AtMillis: at}, title: clean(p.Title)}, nil
	}
	var p plainAlert
	if err := decodePlain(raw, &p, c); err != nil {
		return record{}, err
	}
	return p.record(zone)
}

func (p plainAlert) record(zone *time.Location) (record, error) {
	var errs []error
	at, err := parseTime(string(p.Time), zone)
	if err != nil {
		errs = append(errs, fmt.Errorf("time %w", err))
	}
	rec := record{alert: Alert{AtMillis: at, Rule: clean(p.Rule), Key: p.Key}}
	if rec.alert.Rule == "" {
		errs = append(errs, fmt.Errorf("rule is empty"))
	}
	if p.Acted != nil {
		rec.alert.Acted = actedIf(*p.Acted)
	}
	if p.AcknowledgedAt != "" {
		rec.alert.Acted = ActedYes
		if _, err := parseTime(string(p.AcknowledgedAt), zone); err != nil {
			errs = append(errs, fmt.Errorf("acknowledged_at %w", err))
		}
	}
	return rec, fault(errs...)
}

func decodePlain(raw []byte, v any, c columns) error {
	err := job.DecodeStrict(raw, v)
	if err != nil && strings.Contains(err.Error(), "unknown field") {
		return fmt.Errorf("%w, want %s, or what CloudWatch, PagerDuty or Opsgenie answer", err, c.allowed())
	}
	return err
}
