package history

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// opsgenieRow reads a row of Opsgenie's export of alerts. CreatedAt there is in
// milliseconds since 1970. One that is neither acknowledged nor owned was not
// acted on.
func opsgenieRow(t *table) record {
	message := t.get("message")
	rec := record{alert: Alert{AtMillis: t.time("createdat"), Rule: opsgenieRule(message), Key: t.get("alias")}, title: clean(message)}
	if t.has("acknowledged") {
		yes, ok := parseBool(t.get("acknowledged"))
		if !ok {
			t.bad("acknowledged", "is %s, want true or false", quoted(t.get("acknowledged")))
		}
		rec.alert.Acted = actedIf(yes || strings.TrimSpace(t.get("owner")) != "")
	}
	return rec
}

// opsgenieAlert is an alert as /v2/alerts answers it, as far as it is read.
//
// Source: https://docs.opsgenie.com/docs/alert-api, "List Alerts".
type opsgenieAlert struct {
	Alias        string
	Message      string
	CreatedAt    jsonTime `json:"createdAt"`
	Acknowledged *bool
	Owner        string
	Report       struct {
		AcknowledgedBy string `json:"acknowledgedBy"`
	}
}

// opsgenieItem reads an alert.
func opsgenieItem(raw []byte, zone *time.Location, _ columns) (record, error) {
	var a opsgenieAlert
	if err := json.Unmarshal(raw, &a); err != nil {
		return record{}, err
	}
	rec := record{alert: Alert{Rule: opsgenieRule(a.Message), Key: a.Alias}, title: clean(a.Message)}
	var err error
	if rec.alert.AtMillis, err = parseTime(string(a.CreatedAt), zone); err != nil {
		return record{}, fmt.Errorf("createdAt %w", err)
	}
	switch {
	case a.Report.AcknowledgedBy != "" || a.Owner != "":
		rec.alert.Acted = ActedYes
	case a.Acknowledged != nil:
		rec.alert.Acted = actedIf(*a.Acknowledged)
	}
	return rec, nil
}

func opsgenieRule(message string) string { return ruleOfTitle("", firstOf(message, "(no message)")) }
