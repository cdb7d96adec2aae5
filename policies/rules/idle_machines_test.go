package rules

import "testing"

func TestNoMachineRunsWithoutWork(t *testing.T) {
	table(t, noIdleMachines, []example{
		{name: "a group from zero", stack: some(awsGroup, `{"minSize":0,"maxSize":4,"desiredCapacity":0}`)},
		{name: "nothing said", stack: some(awsGroup, `{}`)},
		{name: "a group that always runs", stack: some(awsGroup, `{"minSize":1}`), want: []string{"minSize is 1, want 0"}},
		{name: "a group that begins with machines", stack: some(awsGroup, `{"minSize":0,"desiredCapacity":2}`), want: []string{"desiredCapacity is 2"}},
		{name: "one with a reason", stack: some(awsGroup, `{"minSize":1,"tags":[{"key":"reason","value":"answers by voice"}]}`)},
		{name: "one with another tag", stack: some(awsGroup, `{"minSize":1,"tags":[{"key":"owner","value":"me"}]}`), want: []string{"minSize is 1"}},
		{name: "one with an empty reason", stack: some(awsGroup, `{"minSize":1,"tags":[{"key":"reason","value":""}]}`), want: []string{"minSize is 1"}},
		{name: "one with a schedule", stack: some(gcpGroup, `{"targetSize":1,"allInstancesConfig":{"labels":{"schedule":"office-hours"}}}`)},
		{name: "one with labels without", stack: some(gcpGroup, `{"targetSize":3,"allInstancesConfig":{"labels":{"a":"b"}}}`), want: []string{"targetSize is 3"}},
		{name: "an unknown size", stack: some(gcpGroup, `{"targetSize":"?"}`), undecided: []string{"targetSize is not known yet"}},
		{name: "unknown tags", stack: some(awsGroup, `{"minSize":1,"tags":"?"}`), undecided: []string{"may be excused"}},
		{name: "a size of a wrong type", stack: some(gcpZoneGroup, `{"targetSize":[1]}`), undecided: []string{"targetSize is a list, want a number"}},
		{name: "an autoscaler", stack: some(gcpAutoscaler, `{"autoscalingPolicy":{"minReplicas":1}}`), want: []string{"autoscalingPolicy.minReplicas is 1"}},
		{name: "a zone's autoscaler", stack: some(gcpZoneScaler, `{"autoscalingPolicy":{"minReplicas":2}}`), want: []string{"autoscalingPolicy.minReplicas is 2"}},
		{name: "a service by its own scaling", stack: some(gcpService, `{"scaling":{"minInstanceCount":50}}`), want: []string{"scaling.minInstanceCount is 50"}},
		{name: "a service", stack: some(gcpService, `{"template":{"scaling":{"minInstanceCount":1}}}`), want: []string{"minInstanceCount is 1"}},
		{
			name: "what was agreed", options: options{"most": 1.0},
			stack: some("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", `{"provisionedConcurrentExecutions":1}`),
		},
		{
			name: "more than was agreed", options: options{"most": 1.0},
			stack: some("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", `{"provisionedConcurrentExecutions":2}`),
			want:  []string{"provisionedConcurrentExecutions is 2"},
		},
	})
}
