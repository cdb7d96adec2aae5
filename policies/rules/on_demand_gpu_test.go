package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func gpuGroup(percent, base string) string {
	return `{"mixedInstancesPolicy":{"instancesDistribution":{"onDemandPercentageAboveBaseCapacity":` + percent + `,"onDemandBaseCapacity":` + base + `},"launchTemplate":{"overrides":[{"instanceType":"g5.xlarge"}]}}}`
}

func TestAcceleratorsAreSpot(t *testing.T) {
	template := of(awsTemplate, "template", `{"instanceType":"g6.xlarge"}`)
	table(t, noOnDemandGPU, []example{
		{name: "spot", stack: some(awsGroup, gpuGroup("0", "0"))},
		{name: "partly on demand", stack: some(awsGroup, gpuGroup("1", "0")), want: []string{`overrides.0.instanceType is "g5.xlarge", want spot`}},
		{name: "a base on demand", stack: some(awsGroup, gpuGroup("0", "1")), want: []string{"g5.xlarge"}},
		{name: "no word of a base", stack: some(awsGroup, `{"mixedInstancesPolicy":{"instancesDistribution":{"onDemandPercentageAboveBaseCapacity":0},"launchTemplate":{"overrides":[{"instanceType":"g5.xlarge"}]}}}`)},
		{name: "unknown", stack: some(awsGroup, gpuGroup(`"?"`, "0")), undecided: []string{"onDemandPercentageAboveBaseCapacity", "whether they are spot"}},
		{name: "none", stack: types("c7g.large")},
		{name: "a template of a group on demand", stack: []*policy.Resource{template, of(awsGroup, "g", `{"launchTemplate":{"id":"?"}}`, "launchTemplate>template")}, want: []string{`instanceType is "g6.xlarge"`}},
		{name: "a template that buys spot", stack: []*policy.Resource{
			of(awsTemplate, "template", `{"instanceType":"g6.xlarge","instanceMarketOptions":{"marketType":"spot"}}`), of(awsGroup, "g", `{"launchTemplate":{"id":"?"}}`, "launchTemplate>template"),
		}},
		{name: "a template of no group", stack: []*policy.Resource{template}},
		{name: "a machine", stack: some(awsInstance, `{"instanceType":"p5.48xlarge"}`), want: []string{"p5.48xlarge"}},
		{name: "a spot machine", stack: some(awsInstance, `{"instanceType":"p5.48xlarge","instanceMarketOptions":{"marketType":"spot"}}`)},
		{name: "a spot request", stack: some(awsSpotInstance, `{"instanceType":"p5.48xlarge"}`)},
		{name: "a launch configuration", stack: some(awsLaunchConfig, `{"instanceType":"g5.xlarge"}`), want: []string{"g5.xlarge"}},
		{name: "a spot launch configuration", stack: some(awsLaunchConfig, `{"instanceType":"g5.xlarge","spotPrice":"1"}`)},
		{name: "on Google Cloud", stack: some(gcpTemplate, `{"machineType":"a2-highgpu-1g"}`), want: []string{"a2-highgpu-1g"}},
		{name: "a TPU", stack: some(gcpTemplate, `{"machineType":"ct5lp-hightpu-8t"}`), want: []string{"ct5lp-hightpu-8t"}},
		{name: "beside a machine", stack: some(gcpInstance, `{"machineType":"n1-standard-4","guestAccelerators":[{"type":"nvidia-t4","count":1}]}`), want: []string{"guestAccelerators"}},
		{name: "Spot on Google Cloud", stack: some(gcpTemplate, `{"machineType":"a2-highgpu-1g","scheduling":{"provisioningModel":"SPOT"}}`)},
		{name: "preemptible on Google Cloud", stack: some(gcpTemplate, `{"machineType":"a2-highgpu-1g","scheduling":{"preemptible":true}}`)},
	})
}
