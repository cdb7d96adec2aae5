package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// templateVersion: with $Latest an instance refresh sees no change and never
// starts (EC2 Auto Scaling user guide, instance refresh).
var templateVersion = policy.Rule{
	Name: "template-version", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "A group names its launch template's version by number: $Latest and $Default change under it, and no refresh begins.",
	Types: []string{awsGroup},
	Each: func(c *policy.Check) {
		for _, path := range []string{"launchTemplate", "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"} {
			if !c.Known(path) || c.Value(path).Empty() {
				continue
			}
			version, ok := c.Text(path+".version", "$Default")
			if _, err := strconv.Atoi(version); ok && err != nil {
				c.Violation(path+".version", "a number", "take the template's output latestVersion")
			}
		}
	},
}
