package rules

import "testing"

func TestEverythingThatScalesHasACap(t *testing.T) {
	table(t, groupCap, []example{
		{name: "the largest", stack: some(awsGroup, `{"maxSize":200}`)},
		{name: "one more", stack: some(awsGroup, `{"maxSize":201}`), want: []string{"maxSize is 201, want no more than 200"}},
		{name: "agreed", options: options{"most": 500.0}, stack: some(awsGroup, `{"maxSize":201}`)},
		{name: "none", stack: some(gcpService, `{"template":{"scaling":{"minInstanceCount":0}}}`), want: []string{"template.scaling.maxInstanceCount is missing, want a cap"}},
		{name: "a service", stack: some(gcpService, `{"template":{"scaling":{"maxInstanceCount":50}}}`)},
		{name: "unknown", stack: some(gcpAutoscaler, `{"autoscalingPolicy":{"maxReplicas":"?"}}`), undecided: []string{"autoscalingPolicy.maxReplicas is not known yet"}},
		{name: "autoscalers", stack: some(gcpZoneScaler, `{"autoscalingPolicy":{"maxReplicas":1000}}`), want: []string{"maxReplicas is 1000"}},
	})
}
