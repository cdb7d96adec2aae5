package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestDeadLettersAreSeen(t *testing.T) {
	aws := []*policy.Resource{of(awsQueue, "dead", `{"name":"dead"}`), of(awsQueue, "work", `{"name":"work","redrivePolicy":"?"}`, "redrivePolicy>dead")}
	gcp := []*policy.Resource{
		of(gcpTopic, "dead-topic", `{"name":"dead"}`), of(gcpSubscription, "work", `{"name":"work","topic":"work","deadLetterPolicy":{"deadLetterTopic":"dead"}}`),
		of(gcpSubscription, "dead-sub", `{"name":"dead-sub","topic":"dead"}`),
	}
	table(t, deadLetterAlarm, []example{
		{name: "an alarm", stack: append(aws, of(awsAlarm, "a", `{"dimensions":{"QueueName":"dead"}}`))},
		{name: "an alarm of many metrics", stack: append(aws, of(awsAlarm, "a", `{"metricQueries":[{"metric":{"dimensions":{"QueueName":"dead"}}}]}`))},
		{name: "none", stack: aws, want: []string{"no alarm looks at the dead-letter queue"}},
		{name: "one on the other queue", stack: append(aws, of(awsAlarm, "a", `{"dimensions":{"QueueName":"work"}}`)), want: []string{"no alarm"}},
		{name: "one that is not known", stack: append(aws, of(awsAlarm, "a", `{"dimensions":{"QueueName":"?"}}`)), undecided: []string{"dimensions of an alarm"}},
		{name: "on Google Cloud", stack: append(gcp, of(gcpAlert, "a", `{"conditions":[{"conditionThreshold":{"filter":"subscription_id = \"dead-sub\""}}]}`))},
		{name: "none on Google Cloud", stack: append(gcp, of(gcpAlert, "a", `{"conditions":[{"conditionThreshold":{"filter":"subscription_id = \"work\""}}]}`)), want: []string{"no alarm"}},
	})
}
