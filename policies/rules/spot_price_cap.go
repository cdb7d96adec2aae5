package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// noSpotPriceCap: EC2 takes the machine away when the price passes the cap, which
// is more interruptions for the same money (EC2 user guide, spot interruptions).
var noSpotPriceCap = policy.Rule{
	Name: "no-spot-price-cap", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:   "No spot request has a maximum price: it only makes interruptions more frequent, and spot is never dearer than on demand.",
	Types: []string{awsGroup, awsTemplate, awsSpotInstance, awsSpotFleet, awsLaunchConfig},
	Each: func(c *policy.Check) {
		path := map[string]string{
			awsGroup: distribution + "spotMaxPrice", awsTemplate: "instanceMarketOptions.spotOptions.maxPrice",
			awsSpotInstance: "spotPrice", awsSpotFleet: "spotPrice", awsLaunchConfig: "spotPrice",
		}[c.Resource.Type]
		if c.Known(path) && !c.Value(path).Empty() {
			c.Violation(path, "none", "leave it out; what a job may cost is decided where jobs are placed")
		}
	},
}
