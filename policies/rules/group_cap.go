package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// groupCap: without a cap a loop that sends jobs is a bill without an end.
var groupCap = policy.Rule{
	Name: "group-cap", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc:     "Everything that scales has a largest size, and it is no larger than what was agreed.",
	Types:   []string{awsGroup, gcpAutoscaler, gcpZoneScaler, gcpService},
	Options: []policy.Option{{Name: "most", Default: 200.0, Min: 1, Max: 100_000, Doc: "machines or instances of one group or function"}},
	Each: func(c *policy.Check) {
		path := map[string]string{
			awsGroup: "maxSize", gcpAutoscaler: "autoscalingPolicy.maxReplicas", gcpZoneScaler: "autoscalingPolicy.maxReplicas",
			gcpService: "template.scaling.maxInstanceCount",
		}[c.Resource.Type]
		if c.Value(path).Empty() {
			c.Violation(path, "a cap", "say how many there may be")
			return
		}
		if n, ok := c.Number(path, 0); ok && n > c.Option("most") {
			c.Violation(path, "no more than "+number(c.Option("most")), "lower it, or raise option most of this rule with who pays")
		}
	},
}
