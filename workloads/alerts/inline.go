package alerts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // machines in a cloud may have no database of time zones

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
)

// Inline is what a call or a job may carry of a history by itself, and how to
// judge it.
type Inline struct {
	// Records are an array of alerts: of objects with time, rule, key, acted and
	// acknowledged_at, of which the first two are needed, or of what the services
	// answer.
	Records json.RawMessage `json:"records,omitempty"`
	// Data is a whole input in any format, in base64, packed with gzip or not.
	Data []byte `json:"data,omitempty"`
	// Format of Data and of files; "" finds it.
	Format history.Format `json:"format,omitempty"`
	// IncidentRecords are an array of incidents: of objects with time, id, title
	// and severity, of which the first is needed. An empty array says that there
	// was no incident, none at all that nothing is known of them.
	IncidentRecords json.RawMessage `json:"incident_records,omitempty"`
	// Timezone such as Europe/Berlin, of hours and of times that name none;
	// default UTC.
	Timezone string  `json:"timezone,omitempty"`
	Options  Options `json:"options,omitzero"`
}

// maxDataBytes is what Data may hold when unpacked: 64 MiB, some half a million
// alerts.
const maxDataBytes = 64 << 20

// Faults are all that is wrong with it but the records themselves.
func (in Inline) Faults() []error {
	var errs []error
	if err := in.Format.Check(); err != nil {
		errs = append(errs, err)
	}
	if _, err := LoadZone(in.Timezone); err != nil {
		errs = append(errs, err)
	}
	for name, raw := range map[string]json.RawMessage{"records": in.Records, "incident_records": in.IncidentRecords} {
		if given(raw) && bytes.TrimSpace(raw)[0] != '[' {
			errs = append(errs, fmt.Errorf("%s is no array", name))
		}
	}
	if err := in.Options.Check(); err != nil {
		errs = append(errs, fmt.Errorf("options: %w", err))
	}
	return errs
}

// LoadZone finds a time zone by its name; "" is UTC.
func LoadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" { // which is another one on each machine
		return nil, fmt.Errorf("timezone is %q, want a name such as UTC or Europe/Berlin", name)
	}
	return zone, nil
}

func given(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
}

// HasAlerts reports whether there are any in it.
func (in Inline) HasAlerts() bool { return given(in.Records) || len(in.Data) > 0 }

// HasIncidents reports whether there is a list of incidents in it.
func (in Inline) HasIncidents() bool { return given(in.IncidentRecords) }

// ReadAlerts adds its alerts to a history. Faults must have found none.
func (in Inline) ReadAlerts(h *history.History) ([]history.Source, error) {
	zone, err := LoadZone(in.Timezone)
	if err != nil {
		return nil, err
	}
	var sources []history.Source
	var errs []error
	read := func(b []byte, o history.Options) {
		s, err := history.Read(bytes.NewReader(b), o, h.Add)
		errs = append(errs, err)
		sources = append(sources, s)
	}
	if given(in.Records) {
		read(in.Records, history.Options{Name: "records", Zone: zone})
	}
	if len(in.Data) > 0 {
		read(in.Data, history.Options{Name: "data", Format: in.Format, Zone: zone, MaxBytes: maxDataBytes})
	}
	return sources, errors.Join(errs...)
}

// ReadIncidents reads its list of incidents; nil if it has none.
func (in Inline) ReadIncidents() ([]history.Incident, error) {
	if !in.HasIncidents() {
		return nil, nil
	}
	zone, err := LoadZone(in.Timezone)
	if err != nil {
		return nil, err
	}
	list, err := history.ReadIncidents(bytes.NewReader(in.IncidentRecords), history.Options{Name: "incident_records", Zone: zone})
	if list == nil && err == nil {
		list = []history.Incident{}
	}
	return list, err
}
