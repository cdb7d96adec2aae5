package rules

import "testing"

func TestMachinesAreNoLargerThanTheirJobs(t *testing.T) {
	need := options{"mostVCPUs": 4.0, "mostMemoryGiB": 16.0}
	byAttributes := func(requirements string) string {
		return `{"mixedInstancesPolicy":{"launchTemplate":{"overrides":[{"instanceRequirements":` + requirements + `}]}}}`
	}
	table(t, machineFitsJob, []example{
		{name: "fits", options: need, stack: types("c7g.xlarge", "m7g.xlarge")},
		{name: "too many processors", options: need, stack: types("c7g.2xlarge"), want: []string{`"c7g.2xlarge" with 8 vCPUs, want no more than 4`}},
		{name: "too much memory", options: need, stack: types("r7g.xlarge"), want: []string{`"r7g.xlarge" with 32 GiB of memory, want no more than 16`}},
		{name: "a type that is new", options: need, stack: types("c99g.large"), undecided: []string{`"c99g.large", which is not in the table`}},
		{name: "unknown", options: need, stack: some(awsTemplate, `{"instanceType":"?"}`), undecided: []string{"instanceType is not known yet"}},
		{name: "on Google Cloud", options: need, stack: some(gcpTemplate, `{"machineType":"n2-standard-8"}`), want: []string{"8 vCPUs", "32 GiB"}},
		{name: "fits on Google Cloud", options: need, stack: some(gcpTemplate, `{"machineType":"n2-standard-4"}`)},
		{name: "by attributes", options: need, stack: some(awsGroup, byAttributes(`{"vcpuCount":{"max":4},"memoryMib":{"max":16384}}`))},
		{name: "by attributes without an end", options: need, stack: some(awsGroup, byAttributes(`{"vcpuCount":{"min":2}}`)), want: []string{"vcpuCount.max is missing, want no more than 4", "memoryMib.max is missing, want no more than 16384"}},
		{name: "by large attributes", options: need, stack: some(awsGroup, byAttributes(`{"vcpuCount":{"max":5},"memoryMib":{"max":16385}}`)), want: []string{"vcpuCount.max is 5", "memoryMib.max is 16385"}},
		{name: "by unknown attributes", options: need, stack: some(awsGroup, byAttributes(`"?"`))},
		{name: "a fleet", options: need, stack: some(awsSpotFleet, `{"launchSpecifications":[{"instanceType":"c7g.2xlarge"}]}`), want: []string{"launchSpecifications.0.instanceType"}},
		{name: "a function", stack: some(awsFunction, `{"memorySize":1024}`)},
		{name: "a large function", stack: some(awsFunction, `{"memorySize":1025}`), want: []string{"memorySize is 1025, want no more than 1024"}},
	})
}
