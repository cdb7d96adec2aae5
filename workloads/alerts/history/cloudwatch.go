package history

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// alarmItem is an item of CloudWatch's alarm history, as far as it is read.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
type alarmItem struct {
	AlarmName       string
	Timestamp       jsonTime
	HistoryItemType string
	HistorySummary  string
	HistoryData     string
}

// stateUpdate is the type of the items that tell a change of state.
const stateUpdate = "StateUpdate"

// CloudWatchAlert makes an alert of an item of CloudWatch's alarm history, given
// by its members. ok is false for all but a change of state to ALARM from
// another state. Whether anybody acted CloudWatch does not know.
func CloudWatchAlert(alarm string, at time.Time, itemType, summary, data string) (a Alert, ok bool) {
	if !fires(itemType, summary, data) {
		return Alert{}, false
	}
	return Alert{AtMillis: at.UnixMilli(), Rule: clean(alarm)}, true
}

func fires(itemType, summary, data string) bool {
	if itemType != stateUpdate {
		return false
	}
	var change struct {
		OldState, NewState struct{ StateValue string }
	}
	if json.Unmarshal([]byte(data), &change) == nil && change.NewState.StateValue != "" {
		return change.NewState.StateValue == "ALARM" && change.OldState.StateValue != "ALARM"
	}
	// Items without data say it in words: "Alarm updated from OK to ALARM".
	return strings.HasSuffix(summary, " to ALARM") && !strings.Contains(summary, "from ALARM")
}

// cloudWatchItem reads an item; all but firings are skipped.
func cloudWatchItem(raw []byte, zone *time.Location, _ columns) (record, error) {
	var i alarmItem
	if err := json.Unmarshal(raw, &i); err != nil {
		return record{}, err
	}
	if !fires(i.HistoryItemType, i.HistorySummary, i.HistoryData) {
		return record{skip: true}, nil
	}
	rec := record{alert: Alert{Rule: clean(i.AlarmName)}, title: clean(i.AlarmName)}
	var errs []error
	if rec.alert.Rule == "" {
		errs = append(errs, fmt.Errorf("AlarmName is empty"))
	}
	var err error
	if rec.alert.AtMillis, err = parseTime(string(i.Timestamp), zone); err != nil {
		errs = append(errs, fmt.Errorf("timestamp %w", err))
	}
	return rec, fault(errs...)
}
