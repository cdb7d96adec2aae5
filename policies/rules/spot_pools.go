package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// spotPools: one type of machine is one pool of capacity, and it runs dry.
var spotPools = policy.Rule{
	Name: "spot-pools", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc: "A spot fleet may use many types of machines, or lets EC2 choose by attributes: one type that runs dry must not stop the work. " +
		"AWS asks for ten or more.",
	Types: []string{awsGroup, gcpGroup, gcpTemplate},
	Options: []policy.Option{
		{Name: "leastTypes", Default: 10.0, Min: 1, Max: 100, Doc: "types of machines of a group on AWS"},
		{Name: "leastTypesGCP", Default: 2.0, Min: 1, Max: 100, Doc: "types of machines of a fleet on Google Cloud, where a type is a group of its own"},
	},
	Whole: func(c *policy.Check) {
		for _, g := range c.Of(awsGroup) {
			poolsOfGroup(g)
		}
		fleets := map[string][]*policy.Check{}
		var parents []string
		for _, g := range c.Of(gcpGroup) {
			if fleets[g.Resource.Parent] == nil {
				parents = append(parents, g.Resource.Parent)
			}
			fleets[g.Resource.Parent] = append(fleets[g.Resource.Parent], g)
		}
		for _, parent := range parents {
			poolsOfFleet(fleets[parent])
		}
	},
}

const overrides = "mixedInstancesPolicy.launchTemplate.overrides"

func poolsOfGroup(g *policy.Check) {
	if !g.Known("mixedInstancesPolicy") || g.Value("mixedInstancesPolicy").Empty() {
		return // none: rule spot-share says so
	}
	items, ok := g.Items(overrides)
	if !ok {
		return
	}
	types := map[string]bool{}
	for _, o := range items {
		if o.HasUnknown() || !o.Key("instanceRequirements").Empty() {
			return // EC2 chooses, or it is not known
		}
		types[text(o.Key("instanceType"))] = true
	}
	if n := float64(len(types)); n < g.Option("leastTypes") {
		g.Say("%s has %v types, want %s or more, or instanceRequirements: add types that will do, of all families and generations", overrides, n, number(g.Option("leastTypes")))
	}
}

// poolsOfFleet counts the types of all groups of a component.
func poolsOfFleet(fleet []*policy.Check) {
	types := map[string]bool{}
	for _, g := range fleet {
		if !g.Value("instanceFlexibilityPolicy.instanceSelections").Empty() {
			return
		}
		templates, maybe := refer(g, "versions", gcpTemplate)
		if maybe && len(templates) == 0 {
			g.Undecided("versions", "has a template that is not known yet")
			return
		}
		for _, t := range templates {
			machine, ok := t.Text("machineType", "")
			if !ok {
				return
			}
			types[machine] = true
		}
	}
	first := fleet[0]
	if n := float64(len(types)); n < first.Option("leastTypesGCP") {
		first.Say("the fleet has %v types of machines, want %s or more: add groups of other types, or an instanceFlexibilityPolicy", n, number(first.Option("leastTypesGCP")))
	}
}
