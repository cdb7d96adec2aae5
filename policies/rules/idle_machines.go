package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// noIdleMachines: a machine that runs without a job costs as one that works.
var noIdleMachines = policy.Rule{
	Name: "no-idle-machines", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc: "A group of machines or instances begins at zero, unless a tag or label `schedule` or `reason` says why some always run.",
	Types: []string{
		awsGroup, gcpGroup, gcpZoneGroup, gcpAutoscaler, gcpZoneScaler, gcpService, "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
	},
	Options: []policy.Option{{Name: "most", Default: 0.0, Min: 0, Max: 1000, Doc: "machines or instances that may always run"}},
	Each: func(c *policy.Check) {
		for _, path := range always[c.Resource.Type] {
			n, ok := c.Number(path, 0)
			if !ok || n <= c.Option("most") {
				continue
			}
			if excused(c, path) {
				continue
			}
			c.Violation(path, "0", "let the backlog start machines, or say in a tag or label `schedule` or `reason` why some always run")
		}
	},
}

// always are the properties that say how many run without work.
var always = map[string][]string{
	awsGroup:      {"minSize", "desiredCapacity"},
	gcpGroup:      {"targetSize"},
	gcpZoneGroup:  {"targetSize"},
	gcpAutoscaler: {"autoscalingPolicy.minReplicas"},
	gcpZoneScaler: {"autoscalingPolicy.minReplicas"},
	gcpService:    {"template.scaling.minInstanceCount", "scaling.minInstanceCount"},
	"aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {"provisionedConcurrentExecutions"},
}

// excused says whether a tag gives a reason, or may.
func excused(c *policy.Check, path string) bool {
	for _, key := range []string{"schedule", "reason"} {
		switch v := tag(c, key); {
		case v.Kind() == policy.Unknown:
			c.Undecided(path, "may be excused by a tag that is not known yet")
			return true
		case text(v) != "":
			return true
		}
	}
	return false
}
