package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// spotAllocation: the cheapest pool is the one that is taken back first (EC2 Auto
// Scaling user guide, allocation strategies).
var spotAllocation = policy.Rule{
	Name: "spot-allocation", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:   "Spot machines come from pools with room, not from the cheapest one, which is the first to be taken back.",
	Types: []string{awsGroup, awsSpotFleet},
	Options: []policy.Option{{
		Name: "allowed", Default: []any{"price-capacity-optimized", "priceCapacityOptimized", "capacity-optimized", "capacityOptimized", "capacity-optimized-prioritized", "capacityOptimizedPrioritized"},
		Doc: "strategies that are allowed, in both ways that AWS writes them",
	}},
	Each: func(c *policy.Check) {
		path := "allocationStrategy"
		if c.Resource.Type == awsGroup {
			path = distribution + "spotAllocationStrategy"
			if c.Known("mixedInstancesPolicy") && c.Value("mixedInstancesPolicy").Empty() {
				return // no spot: rule spot-share says so
			}
		}
		// Both defaults are the cheapest pool.
		if s, ok := c.Text(path, "lowest-price"); ok && !slices.Contains(c.OptionTexts("allowed"), s) {
			c.Violation(path, "one of price-capacity-optimized, capacity-optimized", "set price-capacity-optimized")
		}
	},
}
