package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// gatewayWithFleet: a NAT gateway costs about as much an hour as a small machine,
// with nobody behind it too.
var gatewayWithFleet = policy.Rule{
	Name: "gateway-with-fleet", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:   "A NAT gateway stands only where machines need it, and no more of them than was agreed.",
	Types: append([]string{awsNAT, gcpNAT}, machines...),
	Options: []policy.Option{
		{Name: "most", Default: 1.0, Min: 0, Max: 100, Doc: "NAT gateways of a stack on AWS, each paid by the hour"},
	},
	Whole: func(c *policy.Check) {
		for _, kind := range []string{awsNAT, gcpNAT} {
			gateways := c.Of(kind)
			cloud := kind[:3]
			behind := slices.ContainsFunc(c.Of(machines...), func(m *policy.Check) bool { return m.Resource.Cloud() == cloud })
			for i, g := range gateways {
				if !behind {
					g.Say("no machine of the stack is behind the gateway, want none without: take it away with the last fleet")
				} else if kind == awsNAT && float64(i) >= c.Option("most") {
					g.Say("it is NAT gateway %d of the stack, want no more than %s: share one, or agree on more by option most of this rule", i+1, number(c.Option("most")))
				}
			}
		}
	},
}
