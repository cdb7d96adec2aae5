package rules

import "github.com/spotgrid/spotgrid/policies/policy"

const distribution = "mixedInstancesPolicy.instancesDistribution."

// spotShare: on demand a machine costs two to four times as much.
var spotShare = policy.Rule{
	Name: "spot-share", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Of the machines of a fleet at least the agreed share is spot, and single machines and on-demand groups are no more than was agreed.",
	Types: []string{awsGroup, awsInstance, gcpGroup, gcpZoneGroup, gcpInstance, gcpTemplate},
	Options: []policy.Option{
		{Name: "leastPercent", Default: 90.0, Min: 0, Max: 100, Doc: "percent of a group's machines that are spot"},
		{Name: "mostOnDemand", Default: 0.0, Min: 0, Max: 1000, Doc: "machines of a group that are on demand before any is spot"},
	},
	Whole: func(c *policy.Check) {
		for _, g := range c.Of(awsGroup) {
			spotInGroup(g)
		}
		for _, g := range c.Of(gcpGroup, gcpZoneGroup) {
			spotInTemplate(g)
		}
		for _, m := range c.Of(awsInstance) {
			if m.Value("instanceMarketOptions").Empty() {
				m.Violation("instanceMarketOptions", "marketType spot", "make it a machine of a fleet, or buy it as spot")
			}
		}
		for _, m := range c.Of(gcpInstance) {
			if model, ok := m.Text("scheduling.provisioningModel", "STANDARD"); ok && model != spotModel {
				m.Violation("scheduling.provisioningModel", spotModel, "make it a machine of a fleet, or buy it as Spot")
			}
		}
	},
}

const spotModel = "SPOT"

func spotInGroup(g *policy.Check) {
	if g.Value("mixedInstancesPolicy").Empty() {
		g.Violation("mixedInstancesPolicy", "one with spot machines", "give the group a mixed instances policy; without one all of it is on demand")
		return
	}
	if !g.Known("mixedInstancesPolicy") {
		return
	}
	// EC2's default is 100 (Auto Scaling API reference, InstancesDistribution).
	if n, ok := g.Number(distribution+"onDemandPercentageAboveBaseCapacity", 100); ok && 100-n < g.Option("leastPercent") {
		g.Violation(distribution+"onDemandPercentageAboveBaseCapacity", "no more than "+number(100-g.Option("leastPercent")), "lower it, or agree on less spot by option leastPercent of this rule")
	}
	if n, ok := g.Number(distribution+"onDemandBaseCapacity", 0); ok && n > g.Option("mostOnDemand") {
		g.Violation(distribution+"onDemandBaseCapacity", "no more than "+number(g.Option("mostOnDemand")), "lower it, or agree on more by option mostOnDemand of this rule")
	}
}

// spotInTemplate lets a group of on-demand machines be, as long as it begins with
// none: what it is for is to step in.
func spotInTemplate(g *policy.Check) {
	templates, maybe := refer(g, "versions", gcpTemplate)
	if len(templates) == 0 && maybe {
		g.Undecided("versions", "has a template that is not known yet")
	}
	for _, t := range templates {
		model, ok := t.Text("scheduling.provisioningModel", "STANDARD")
		preemptible, sure := t.Bool("scheduling.preemptible", false)
		if !ok || !sure || model == spotModel || preemptible {
			continue
		}
		if n, ok := g.Number("targetSize", 0); ok && n > g.Option("mostOnDemand") {
			g.Violation("targetSize", "no more than "+number(g.Option("mostOnDemand"))+" where the template is on demand", "make the template Spot, or begin with none")
		}
	}
}
