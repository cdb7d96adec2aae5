package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func mixed(distribution string) []*policy.Resource {
	return some(awsGroup, `{"mixedInstancesPolicy":{"instancesDistribution":`+distribution+`}}`)
}

func TestFleetsAreSpot(t *testing.T) {
	spot, standard := of(gcpTemplate, "spot", `{"scheduling":{"provisioningModel":"SPOT"}}`), of(gcpTemplate, "standard", `{"scheduling":{"provisioningModel":"STANDARD"}}`)
	old := of(gcpTemplate, "old", `{"scheduling":{"preemptible":true}}`)
	table(t, spotShare, []example{
		{name: "all", stack: mixed(`{"onDemandPercentageAboveBaseCapacity":0,"onDemandBaseCapacity":0}`)},
		{name: "just enough", stack: mixed(`{"onDemandPercentageAboveBaseCapacity":10}`)},
		{name: "too little", stack: mixed(`{"onDemandPercentageAboveBaseCapacity":11}`), want: []string{"onDemandPercentageAboveBaseCapacity is 11, want no more than 10"}},
		{name: "EC2's default", stack: mixed(`{}`), want: []string{"onDemandPercentageAboveBaseCapacity is missing"}},
		{name: "a base on demand", stack: mixed(`{"onDemandPercentageAboveBaseCapacity":0,"onDemandBaseCapacity":1}`), want: []string{"onDemandBaseCapacity is 1, want no more than 0"}},
		{name: "an agreed base", options: options{"mostOnDemand": 1.0}, stack: mixed(`{"onDemandPercentageAboveBaseCapacity":0,"onDemandBaseCapacity":1}`)},
		{name: "no mixed policy", stack: some(awsGroup, `{}`), want: []string{"mixedInstancesPolicy is missing"}},
		{name: "unknown", stack: some(awsGroup, `{"mixedInstancesPolicy":"?"}`), undecided: []string{"mixedInstancesPolicy"}},
		{name: "a machine on demand", stack: some(awsInstance, `{}`), want: []string{"instanceMarketOptions is missing"}},
		{name: "a spot machine", stack: some(awsInstance, `{"instanceMarketOptions":{"marketType":"spot"}}`)},
		{name: "a Google machine on demand", stack: some(gcpInstance, `{}`), want: []string{"scheduling.provisioningModel is missing"}},
		{name: "a Google Spot machine", stack: some(gcpInstance, `{"scheduling":{"provisioningModel":"SPOT"}}`)},
		{name: "Google groups", stack: []*policy.Resource{
			spot, standard, old, of(gcpGroup, "a", `{"targetSize":5,"versions":["?"]}`, "versions>spot"),
			of(gcpGroup, "b", `{"targetSize":0,"versions":["?"]}`, "versions>standard"), of(gcpZoneGroup, "c", `{"targetSize":2,"versions":["?"]}`, "versions>old"),
		}},
		{name: "a Google group on demand", stack: []*policy.Resource{standard, of(gcpGroup, "b", `{"targetSize":1,"versions":["?"]}`, "versions>standard")}, want: []string{"targetSize is 1, want no more than 0 where the template is on demand"}},
		{name: "a Google group without a template", stack: some(gcpGroup, `{"targetSize":1}`)},
		{name: "a Google group of an unknown template", stack: []*policy.Resource{standard, of(gcpGroup, "b", `{"targetSize":1,"versions":["?"]}`)}, undecided: []string{"versions has a template"}},
	})
}
