package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// interfaceEndpoints: each costs by the hour and zone, used or not.
var interfaceEndpoints = policy.Rule{
	Name: "interface-endpoints", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:     "A stack has no more interface endpoints than was agreed, none where things are only tried, and none without machines.",
	Types:   append([]string{awsEndpoint}, machines...),
	Options: []policy.Option{{Name: "most", Default: 0.0, Min: 0, Max: 100, Doc: "interface endpoints of a stack, each paid by the hour in each zone"}},
	Whole: func(c *policy.Check) {
		n := 0.0
		for _, e := range c.Of(awsEndpoint) {
			if kind, ok := e.Text("vpcEndpointType", "Gateway"); !ok || kind != "Interface" {
				continue
			}
			n++
			switch {
			case len(c.Of(awsGroup, awsInstance)) == 0:
				e.Say("no machine of the stack is behind the endpoint, want none without: take it away with the last fleet")
			case n > c.Option("most"):
				e.Say("it is interface endpoint %v of the stack, want no more than %s: use a NAT gateway where things are only tried, or agree on more by option most of this rule", n, number(c.Option("most")))
			}
		}
	},
}
