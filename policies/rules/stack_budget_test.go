package rules

import (
	"strings"
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func replace(text, by string) string { return strings.ReplaceAll(text, "%", by) }

func TestAStackHasABudget(t *testing.T) {
	queue, topic := of(awsQueue, "queue", `{}`), of(gcpTopic, "topic", `{}`)
	table(t, stackBudget, []example{
		{name: "on no cloud", stack: some("spotgrid:index:Agent", `{}`)},
		{name: "none on AWS", stack: []*policy.Resource{queue}, want: []string{"the stack has resources in aws and no budget there"}},
		{name: "none on either", stack: []*policy.Resource{queue, topic}, want: []string{"in aws", "in gcp and no budget there, want one that tells somebody: give the watch monthlyBudgetUsd and the grid its billingAccount"}},
		{name: "one", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"5000.0","notifications":[{"subscriberEmailAddresses":["a@example.com"]}]}`)}},
		{name: "one that tells a topic", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"2000.0","notifications":[{"subscriberSnsTopicArns":["?"]}]}`)}},
		{name: "a large one", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"5000.1","notifications":[{"subscriberSnsTopicArns":["?"]}]}`)}, want: []string{`limitAmount is "5000.1", want no more than 5000`}},
		{name: "one that tells nobody", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"2000.0"}`)}, want: []string{"notifications is missing"}},
		{name: "one without a subscriber", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"2000.0","notifications":[{"threshold":80}]}`)}, want: []string{"notifications.0 has no subscriber"}},
		{name: "one that is not known", stack: []*policy.Resource{queue, of(awsBudget, "b", `{"limitAmount":"?","notifications":"?"}`)}, undecided: []string{"limitAmount", "notifications"}},
		{name: "on Google Cloud", stack: []*policy.Resource{topic, of(gcpBudget, "b", `{"amount":{"specifiedAmount":{"units":"400"}},"allUpdatesRule":{"pubsubTopic":"?"}}`)}},
		{name: "a large one on Google Cloud", stack: []*policy.Resource{topic, of(gcpBudget, "b", `{"amount":{"specifiedAmount":{"units":"6000"}},"allUpdatesRule":{"pubsubTopic":"?"}}`)}, want: []string{"amount.specifiedAmount.units"}},
		{name: "one that tells nobody on Google Cloud", stack: []*policy.Resource{topic, of(gcpBudget, "b", `{"amount":{"specifiedAmount":{"units":"4"}}}`)}, want: []string{"allUpdatesRule is missing"}},
	})
}
