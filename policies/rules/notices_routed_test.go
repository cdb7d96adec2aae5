package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestNoticesReachPeopleAndPrograms(t *testing.T) {
	base := []*policy.Resource{
		of(awsGroup, "group", `{}`), of(awsEventRule, "rule", `{"name":"retired","eventPattern":"{\"source\":[\"aws.health\"]}"}`), of(awsTopic, "topic", `{"arn":"arn:topic"}`),
		of(awsEventTarget, "to-topic", `{"rule":"retired","arn":"arn:topic"}`),
	}
	mail := of(awsSubscription, "mail", `{"topic":"arn:topic","protocol":"email"}`)
	log := of(awsEventTarget, "to-log", `{"rule":"retired","arn":"arn:log"}`)
	alert := of(gcpAlert, "retired", `{"conditions":[{"conditionMatchedLog":{"filter":"compute.instances.hostError"}}],"notificationChannels":["?","?"]}`, "notificationChannels>a", "notificationChannels>b")
	channel := func(name, kind string) *policy.Resource {
		return of(gcpChannel, name, replace(`{"type":"%"}`, kind))
	}
	table(t, noticesRouted, []example{
		{name: "no machines", stack: some(awsQueue, `{}`)},
		{name: "people and a log", stack: append(base, mail, log)},
		{name: "people and a function", stack: append(base, mail, of(awsSubscription, "f", `{"topic":"arn:topic","protocol":"lambda"}`))},
		{name: "only a mailbox", stack: append(base, mail), want: []string{"notices reach 1 subscribers, want 2 or more"}},
		{name: "only people", stack: append(base, mail, of(awsSubscription, "m", `{"topic":"arn:topic","protocol":"sms"}`)), want: []string{"notices reach people only"}},
		{name: "nobody", stack: base, want: []string{"notices reach 0 subscribers"}},
		{name: "agreed", options: options{"leastSubscribers": 1.0}, stack: append(base, log)},
		{name: "no rule", stack: some(awsGroup, `{}`), want: []string{"nothing routes notices of their retirement"}},
		{name: "another rule", stack: []*policy.Resource{base[0], of(awsEventRule, "r", `{"eventPattern":"{\"source\":[\"aws.s3\"]}"}`)}, want: []string{"the stack has machines in aws and nothing routes"}},
		{name: "an unknown rule", stack: []*policy.Resource{base[0], of(awsEventRule, "r", `{"eventPattern":"?"}`)}, undecided: []string{"the way of notices from aws is not known yet"}},
		{name: "the better of two rules", stack: append(base, mail, log, of(awsEventRule, "second", `{"name":"second","eventPattern":"{\"source\":[\"aws.health\"]}"}`))},
		{name: "on Google Cloud", stack: []*policy.Resource{of(gcpGroup, "g", `{}`), alert, channel("a", "email"), channel("b", "pubsub")}},
		{name: "by a way that is not known", stack: []*policy.Resource{of(gcpGroup, "g", `{}`), alert, channel("a", "email"), channel("b", "?")}, undecided: []string{"type is not known yet", "the way of notices from gcp"}},
		{name: "by a way that is not told", stack: []*policy.Resource{of(gcpGroup, "g", `{}`), alert, channel("a", "email"), channel("b", "")}, undecided: []string{"the way of notices from gcp"}},
		{name: "to what is not known", stack: []*policy.Resource{base[0], base[1], base[2], of(awsEventTarget, "t", `{"rule":"retired","arn":"?"}`)}, undecided: []string{"the way of notices from aws"}},
		{name: "only people on Google Cloud", stack: []*policy.Resource{of(gcpZoneGroup, "g", `{}`), alert, channel("a", "email"), channel("b", "sms")}, want: []string{"people only"}},
		{name: "not on Google Cloud", stack: []*policy.Resource{of(gcpGroup, "g", `{}`)}, want: []string{"machines in gcp and nothing routes"}},
		{name: "maintenance on Google Cloud", stack: []*policy.Resource{
			of(gcpGroup, "g", `{}`), of(gcpAlert, "x", `{"conditions":["compute.instances.terminateOnHostMaintenance"],"notificationChannels":["?"]}`, "notificationChannels>a", "notificationChannels>b"),
			channel("a", "EMAIL"), channel("b", "webhook_tokenauth"),
		}},
	})
}
