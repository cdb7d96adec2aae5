package history

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// pagerDutyRow reads a row of PagerDuty's advanced export of incidents. One that
// nobody acknowledged and no user resolved was not acted on.
//
// Source: https://support.pagerduty.com/docs/incidents-report, "CSV Fields".
func pagerDutyRow(t *table) record {
	title := t.get("description")
	rec := record{alert: Alert{
		AtMillis: t.time("created_on"), Rule: ruleOfTitle(t.get("service_name"), title), Key: t.get("service_id") + title,
	}, title: clean(title)}
	if clean(title) == "" {
		rec.alert.Rule = ruleOfTitle(t.get("service_name"), "(no description)")
	}
	acks := strings.TrimSpace(t.get("acknowledge_count"))
	acknowledged := acks != "" && acks != "0" || t.get("seconds_to_first_ack") != "" || t.get("acknowledged_by_user_ids") != ""
	switch {
	case acknowledged || t.get("resolved_by_user_id") != "":
		rec.alert.Acted = ActedYes
	case t.has("acknowledge_count") || t.has("seconds_to_first_ack"):
		rec.alert.Acted = ActedNo
	}
	return rec
}

// pagerDutyIncident is an incident as /incidents or /analytics/raw/incidents
// answer it, as far as it is read. Only the latter has SecondsToFirstAck.
//
// Source: https://developer.pagerduty.com/api-reference, "List incidents" and
// "Get raw data - multiple incidents".
type pagerDutyIncident struct {
	Title              string
	Summary            string
	Description        string
	IncidentKey        string   `json:"incident_key"`
	CreatedAt          jsonTime `json:"created_at"`
	Service            struct{ Summary string }
	ServiceName        string                `json:"service_name"`
	Acknowledgements   []any                 `json:"acknowledgements"`
	LastStatusChangeBy struct{ Type string } `json:"last_status_change_by"`

	SecondsToFirstAck *json.Number    `json:"seconds_to_first_ack"`
	ResolvedByUserID  string          `json:"resolved_by_user_id"`
	AutoResolved      json.RawMessage `json:"auto_resolved"`
}

// pagerDutyItem reads an incident.
func pagerDutyItem(raw []byte, zone *time.Location, _ columns) (record, error) {
	var i pagerDutyIncident
	if err := json.Unmarshal(raw, &i); err != nil {
		return record{}, err
	}
	title, service := firstOf(i.Title, i.Description, i.Summary, "(no description)"), firstOf(i.ServiceName, i.Service.Summary)
	rec := record{
		alert: Alert{Rule: ruleOfTitle(service, title), Key: firstOf(i.IncidentKey, service+title), Acted: i.acted()},
		title: clean(title),
	}
	var err error
	if rec.alert.AtMillis, err = parseTime(string(i.CreatedAt), zone); err != nil {
		return record{}, fmt.Errorf("created_at %w", err)
	}
	return rec, nil
}

// acted reads what there is. The API forgets acknowledgements of an incident
// that is resolved, so that one which ended by itself may have been seen.
func (i pagerDutyIncident) acted() Acted {
	isUser := strings.HasPrefix(i.LastStatusChangeBy.Type, "user")
	switch {
	case len(i.Acknowledgements) > 0, isUser, i.ResolvedByUserID != "", i.SecondsToFirstAck != nil && *i.SecondsToFirstAck != "":
		return ActedYes
	case isTrue(i.AutoResolved):
		return ActedNo
	}
	return ActedUnknown
}

func isTrue(raw json.RawMessage) bool {
	yes, ok := parseBool(strings.Trim(string(raw), `"`))
	return yes && ok
}

// firstOf is the first that is not empty.
func firstOf(ss ...string) string {
	for _, s := range ss {
		if clean(s) != "" {
			return s
		}
	}
	return ""
}
