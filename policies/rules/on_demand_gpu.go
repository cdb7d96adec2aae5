package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// gpuFamilies have accelerators (EC2 accelerated computing; Compute Engine,
// accelerator-optimized machines).
var gpuFamilies = []any{
	"g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f", "inf1", "inf2", "p3", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en", "p6", "trn1", "trn1n", "trn2",
	"trn2u", "p6e", "p2", "g3", "g3s", "dl1", "dl2q", "vt1", "f1", "f2",
	"a2", "a3", "a4", "a4x", "g2", "g4", "ct5l", "ct5lp", "ct5p", "ct6e",
}

// noOnDemandGPU: a forgotten one is a month's budget in a day.
var noOnDemandGPU = policy.Rule{
	Name: "no-on-demand-gpu", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Critical,
	Doc:     "Machines with accelerators are spot: on demand one that is forgotten costs a month's budget in days.",
	Types:   typed,
	Options: []policy.Option{{Name: "families", Default: gpuFamilies, Doc: "families that have accelerators"}},
	Whole: func(c *policy.Check) {
		for _, kind := range typed {
			for _, m := range c.Of(kind) {
				gpuOf(m)
			}
		}
	},
}

// gpuOf looks at one resource; what a launch template asks for is its group's.
func gpuOf(c *policy.Check) {
	spot, known := allSpot(c)
	if spot || c.Resource.Type == awsTemplate {
		return
	}
	for _, m := range machineTypes(c) {
		if slices.Contains(c.OptionTexts("families"), family(m.name)) {
			gpuFound(c, m.path, known)
		}
	}
	if path := "guestAccelerators"; !c.Value(path).Empty() {
		gpuFound(c, path, known)
	}
	if c.Resource.Type != awsGroup {
		return
	}
	for _, path := range []string{"mixedInstancesPolicy", "launchTemplate"} {
		templates, _ := refer(c, path, awsTemplate)
		for _, t := range templates {
			market, sure := t.Text("instanceMarketOptions.marketType", "")
			if kind, _ := t.Text("instanceType", ""); market != "spot" && slices.Contains(c.OptionTexts("families"), family(kind)) {
				gpuFound(t, "instanceType", known && sure)
			}
		}
	}
}

func gpuFound(c *policy.Check, path string, known bool) {
	if !known {
		c.Undecided(path, "has accelerators, and whether they are spot is not known yet")
		return
	}
	c.Violation(path, "spot for a machine with accelerators", "buy it as spot, or take a type without")
}

// allSpot says whether all machines of the resource are spot, and whether that is
// known.
func allSpot(c *policy.Check) (spot, known bool) {
	switch c.Resource.Type {
	case awsSpotInstance, awsSpotFleet:
		return true, true
	case awsLaunchConfig:
		return !c.Value("spotPrice").Empty(), c.Value("spotPrice").Kind() != policy.Unknown
	case awsInstance:
		market, ok := c.Text("instanceMarketOptions.marketType", "")
		return market == "spot", ok
	case gcpTemplate, gcpInstance:
		model, ok := c.Text("scheduling.provisioningModel", "STANDARD")
		preemptible, sure := c.Bool("scheduling.preemptible", false)
		return model == spotModel || preemptible, ok && sure
	}
	percent, ok := c.Number(distribution+"onDemandPercentageAboveBaseCapacity", 100)
	base, sure := c.Number(distribution+"onDemandBaseCapacity", 0)
	return percent == 0 && base == 0, ok && sure
}
