package rules

import (
	"strings"
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// types is a group of AWS with as many types.
func types(names ...string) []*policy.Resource {
	var all []string
	for _, n := range names {
		all = append(all, `{"instanceType":"`+n+`"}`)
	}
	return some(awsGroup, `{"mixedInstancesPolicy":{"launchTemplate":{"overrides":[`+strings.Join(all, ",")+`]}}}`)
}

func TestFleetsMayUseManyTypes(t *testing.T) {
	ten := []string{"c6g.large", "c7g.large", "c8g.large", "m6g.large", "m7g.large", "m8g.large", "r6g.large", "r7g.large", "r8g.large", "c7gd.large"}
	template := func(name, kind string) *policy.Resource { return of(gcpTemplate, name, `{"machineType":"`+kind+`"}`) }
	group := func(name string) *policy.Resource {
		return of(gcpGroup, name, `{"versions":["?"]}`, "versions>t-"+name)
	}
	other := group("b")
	other.Parent = "urn:another"
	table(t, spotPools, []example{
		{name: "ten", stack: types(ten...)},
		{name: "nine", stack: types(ten[:9]...), want: []string{"has 9 types, want 10 or more"}},
		{name: "nine and one twice", stack: types(append(ten[:9:9], ten[0])...), want: []string{"has 9 types"}},
		{name: "agreed", options: options{"leastTypes": 9.0}, stack: types(ten[:9]...)},
		{name: "none", stack: some(awsGroup, `{"mixedInstancesPolicy":{"instancesDistribution":{"a":1}}}`), want: []string{"has 0 types"}},
		{name: "no mixed policy", stack: some(awsGroup, `{}`)},
		{name: "by attributes", stack: some(awsGroup, `{"mixedInstancesPolicy":{"launchTemplate":{"overrides":[{"instanceRequirements":{"vcpuCount":{"min":2}}}]}}}`)},
		{name: "an unknown type", stack: some(awsGroup, `{"mixedInstancesPolicy":{"launchTemplate":{"overrides":[{"instanceType":"?"}]}}}`)},
		{name: "two on Google Cloud", stack: []*policy.Resource{template("t-a", "n2-standard-2"), template("t-b", "e2-standard-2"), group("a"), group("b")}},
		{name: "one on Google Cloud", stack: []*policy.Resource{template("t-a", "n2-standard-2"), group("a")}, want: []string{"the fleet has 1 types of machines, want 2 or more"}},
		{name: "the same twice on Google Cloud", stack: []*policy.Resource{template("t-a", "n2-standard-2"), template("t-b", "n2-standard-2"), group("a"), group("b")}, want: []string{"1 types"}},
		{name: "two fleets on Google Cloud", stack: []*policy.Resource{template("t-a", "n2-standard-2"), template("t-b", "e2-standard-2"), group("a"), other}, want: []string{"1 types", "1 types"}},
		{name: "a policy of many on Google Cloud", stack: []*policy.Resource{of(gcpGroup, "a", `{"instanceFlexibilityPolicy":{"instanceSelections":[{"name":"x"}]}}`)}},
		{name: "no template", stack: some(gcpGroup, `{}`), want: []string{"the fleet has 0 types of machines"}},
		{name: "an unknown template", stack: []*policy.Resource{template("t-a", "n2-standard-2"), of(gcpGroup, "a", `{"versions":"?"}`)}, undecided: []string{"versions has a template"}},
	})
}
