package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// noPublicAddresses: what has no address is not found by those who look for open
// ports, and costs nothing.
var noPublicAddresses = policy.Rule{
	Name: "no-public-addresses", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "No machine has a public address: it reaches what it needs through a gateway or endpoints, and nobody reaches it.",
	Types: []string{awsTemplate, awsLaunchConfig, awsInstance, "aws:ec2/subnet:Subnet", gcpTemplate, gcpInstance},
	Each: func(c *policy.Check) {
		refuse := func(path string) {
			if on, ok := c.Bool(path, false); ok && on {
				c.Violation(path, "false", "put machines into a private network")
			}
		}
		refuse("associatePublicIpAddress")
		refuse("mapPublicIpOnLaunch")
		interfaces, _ := c.Items("networkInterfaces")
		for i := range interfaces {
			at := "networkInterfaces." + strconv.Itoa(i) + "."
			refuse(at + "associatePublicIpAddress")
			for _, access := range []string{"accessConfigs", "ipv6AccessConfigs"} {
				if v := c.Value(at + access); v.Kind() == policy.List && !v.Empty() {
					c.Violation(at+access, "none", "leave it out, and use a gateway where something outside is needed")
				}
			}
		}
	},
}
