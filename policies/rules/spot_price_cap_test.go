package rules

import "testing"

func TestSpotHasNoMaximumPrice(t *testing.T) {
	table(t, noSpotPriceCap, []example{
		{name: "none", stack: mixed(`{"spotMaxPrice":""}`)},
		{name: "one", stack: mixed(`{"spotMaxPrice":"0.02"}`), want: []string{`mixedInstancesPolicy.instancesDistribution.spotMaxPrice is "0.02", want none`}},
		{name: "unknown", stack: mixed(`{"spotMaxPrice":"?"}`), undecided: []string{"spotMaxPrice"}},
		{name: "a template", stack: some(awsTemplate, `{"instanceMarketOptions":{"spotOptions":{"maxPrice":"1"}}}`), want: []string{"maxPrice"}},
		{name: "a request", stack: some(awsSpotInstance, `{"spotPrice":"1"}`), want: []string{"spotPrice"}},
		{name: "a fleet", stack: some(awsSpotFleet, `{"spotPrice":"1"}`), want: []string{"spotPrice"}},
		{name: "a launch configuration", stack: some(awsLaunchConfig, `{"spotPrice":"1"}`), want: []string{"spotPrice"}},
	})
}
