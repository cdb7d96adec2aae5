package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestAlarmsTellSomebody(t *testing.T) {
	topic := of(awsTopic, "topic", `{"arn":"arn:topic"}`)
	alarm := of(awsAlarm, "alarm", `{"alarmActions":["arn:topic"]}`)
	table(t, alarmAction, []example{
		{name: "a topic that is heard", stack: []*policy.Resource{alarm, topic, of(awsSubscription, "s", `{"topic":"arn:topic"}`)}},
		{name: "a topic that is not", stack: []*policy.Resource{alarm, topic, of(awsSubscription, "s", `{"topic":"arn:other"}`)}, want: []string{"alarmActions is a topic without a subscription"}},
		{name: "a topic that may be", stack: []*policy.Resource{alarm, topic, of(awsSubscription, "s", `{"topic":"?"}`)}},
		{name: "a topic from elsewhere", stack: []*policy.Resource{alarm}},
		{name: "nobody", stack: some(awsAlarm, `{"name":"a"}`), want: []string{"alarmActions is missing, want somebody who is told"}},
		{name: "switched off", stack: some(awsAlarm, `{"alarmActions":["a"],"actionsEnabled":false}`), want: []string{"actionsEnabled is false"}},
		{name: "one that scales", stack: []*policy.Resource{of(awsScaling, "p", `{"arn":"arn:p"}`), of(awsAlarm, "a", `{"alarmActions":["arn:p"],"actionsEnabled":true}`)}},
		{name: "unknown", stack: some(awsAlarm, `{"alarmActions":"?"}`)},
		{name: "on Google Cloud", stack: some(gcpAlert, `{"notificationChannels":["c"]}`)},
		{name: "nobody on Google Cloud", stack: some(gcpAlert, `{"notificationChannels":[]}`), want: []string{"notificationChannels is []"}},
		{name: "switched off on Google Cloud", stack: some(gcpAlert, `{"notificationChannels":["c"],"enabled":false}`), want: []string{"enabled is false"}},
	})
}
