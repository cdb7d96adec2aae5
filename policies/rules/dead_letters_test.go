package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestQueuesKeepWhatTheyGiveUp(t *testing.T) {
	dead := of(awsQueue, "dead", `{"arn":"arn:dead"}`)
	topics := []*policy.Resource{of(gcpTopic, "work", `{"name":"work"}`), of(gcpTopic, "dead", `{"name":"dead"}`)}
	working := of(gcpSubscription, "work-sub", `{"topic":"work","deadLetterPolicy":{"deadLetterTopic":"dead"}}`)
	reading := of(gcpSubscription, "dead-sub", `{"topic":"dead"}`)
	table(t, queueDeadLetters, []example{
		{name: "kept", stack: []*policy.Resource{dead, of(awsQueue, "work", `{"redrivePolicy":"{\"deadLetterTargetArn\":\"arn:dead\"}"}`)}},
		{name: "kept in what is not there yet", stack: []*policy.Resource{dead, of(awsQueue, "work", `{"redrivePolicy":"?"}`, "redrivePolicy>dead")}},
		{name: "not kept", stack: some(awsQueue, `{"name":"work"}`), want: []string{"redrivePolicy is missing"}},
		{name: "kept in itself", stack: []*policy.Resource{of(awsQueue, "work", `{"arn":"arn:work","redrivePolicy":""}`, "redrivePolicy>work")}, want: []string{"redrivePolicy is"}},
		{name: "on Google Cloud", stack: append(topics, working, reading)},
		{name: "not on Google Cloud", stack: append(topics, of(gcpSubscription, "work-sub", `{"topic":"work"}`)), want: []string{"deadLetterPolicy is missing"}},
		{name: "without a reader", stack: append(topics, working), want: []string{"no subscription keeps the dead letters of the topic"}},
		{name: "with a reader that is not known", stack: append(topics, working, of(gcpSubscription, "dead-sub", `{"topic":"?","deadLetterPolicy":{"a":"b"}}`))},
		{name: "a reader of a topic elsewhere", stack: some(gcpSubscription, `{"topic":"projects/other/topics/t"}`), want: []string{"deadLetterPolicy is missing"}},
		{name: "notices of alarms", stack: append(topics, working, reading, of(gcpTopic, "notices", `{"name":"notices"}`), of(gcpSubscription, "s", `{"topic":"notices"}`), of(gcpChannel, "c", `{"labels":{"topic":"projects/p/topics/notices"}}`))},
		{name: "notices of budgets", stack: append(topics, working, reading, of(gcpTopic, "notices", `{"name":"notices"}`), of(gcpSubscription, "s", `{"topic":"notices"}`), of(gcpBudget, "b", `{"allUpdatesRule":{"pubsubTopic":"projects/p/topics/notices"}}`))},
	})
}
