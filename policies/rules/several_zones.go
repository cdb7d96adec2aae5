package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// severalZones: spot runs dry zone by zone.
var severalZones = policy.Rule{
	Name: "several-zones", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:   "Groups of machines span several zones, and where files have to outlive a zone so do they.",
	Types: []string{awsGroup, gcpGroup, gcpZoneGroup, awsFiles, gcpFiles},
	Options: []policy.Option{
		{Name: "leastZones", Default: 2.0, Min: 1, Max: 10, Doc: "zones of a group of machines"},
		{Name: "files", Default: false, Doc: "file systems too have to outlive a zone"},
	},
	Each: func(c *policy.Check) {
		switch c.Resource.Type {
		case awsGroup:
			path := "vpcZoneIdentifiers"
			if c.Value(path).Empty() {
				path = "availabilityZones"
			}
			enough(c, path)
		case gcpGroup:
			if !c.Value("distributionPolicyZones").Empty() { // none are all of the region
				enough(c, "distributionPolicyZones")
			}
		case gcpZoneGroup:
			c.Say("it is a group in one zone, want one of the region: use a regional instance group manager")
		case awsFiles:
			if c.OptionBool("files") && c.Known("availabilityZoneName") && !c.Value("availabilityZoneName").Empty() {
				c.Violation("availabilityZoneName", "none", "leave it out, so that the files are in all zones")
			}
		case gcpFiles:
			if tier, ok := c.Text("tier", ""); ok && c.OptionBool("files") && tier != "REGIONAL" && tier != "ENTERPRISE" {
				c.Violation("tier", "REGIONAL", "take the regional tier")
			}
		}
	},
}

func enough(c *policy.Check, path string) {
	zones, ok := c.Items(path)
	if n := float64(len(zones)); ok && n < c.Option("leastZones") {
		c.Say("%s has %v, want %s or more: add zones", path, n, number(c.Option("leastZones")))
	}
}
