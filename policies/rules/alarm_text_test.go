package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestAlarmsSayWhoseTheyAreAndWhatToDo(t *testing.T) {
	table(t, alarmText, []example{
		{name: "all", stack: some(awsAlarm, `{"alarmDescription":"Jobs wait. Consequence: they are lost. Owner: platform. Runbook: https://example.com/r"}`)},
		{name: "nothing", stack: some(awsAlarm, `{"alarmDescription":"CPU high"}`), want: []string{"want an owner", "want a link to a runbook", "want the consequence"}},
		{name: "no description", stack: some(awsAlarm, `{"name":"a"}`), want: []string{"an owner", "a runbook", "the consequence"}},
		{name: "a runbook that is no link", stack: some(awsAlarm, `{"alarmDescription":"Consequence: x Owner: y Runbook: ask me"}`), want: []string{"a link to a runbook"}},
		{name: "an empty owner", stack: some(awsAlarm, `{"alarmDescription":"Consequence: x Runbook: https://a Owner: "}`), want: []string{"an owner"}},
		{name: "an owner by its tag", stack: some(awsAlarm, `{"alarmDescription":"Consequence: x Runbook: https://a","tags":{"owner":"platform"}}`)},
		{name: "unknown", stack: some(awsAlarm, `{"alarmDescription":"?"}`), undecided: []string{"alarmDescription"}},
		{name: "unknown tags", stack: some(awsAlarm, `{"alarmDescription":"x","tags":"?"}`)},
		{name: "one that scales", stack: []*policy.Resource{of(awsScaling, "p", `{"arn":"arn:p"}`), of(awsAlarm, "a", `{"alarmActions":["arn:p"],"alarmDescription":"x Owner: a Consequence: b Runbook: https://c"}`)}},
		{name: "one that scales and says nothing", stack: []*policy.Resource{of(awsScaling, "p", `{}`), of(awsAlarm, "a", `{"alarmActions":["x"]}`, "alarmActions>p")}},
		{name: "on Google Cloud", stack: some(gcpAlert, `{"documentation":{"content":"Consequence: x"},"userLabels":{"owner":"a","runbook":"b"}}`)},
		{name: "nothing on Google Cloud", stack: some(gcpAlert, `{"documentation":{"content":"x"},"userLabels":{"a":"b"}}`), want: []string{"an owner", "a runbook", "the consequence"}},
	})
}
