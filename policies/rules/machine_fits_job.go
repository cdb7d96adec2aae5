package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/components/machinetype"
	"github.com/spotgrid/spotgrid/policies/policy"
)

// machineFitsJob: half of a machine that no job uses is half of its price.
var machineFitsJob = policy.Rule{
	Name: "machine-fits-job", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:   "Machines and functions are no larger than what the jobs were declared to need.",
	Types: append([]string{awsFunction}, typed...),
	Options: []policy.Option{
		{Name: "mostVCPUs", Default: 4.0, Min: 1, Max: 1024, Doc: "vCPUs of a machine"},
		{Name: "mostMemoryGiB", Default: 32.0, Min: 1, Max: 24_576, Doc: "memory of a machine, GiB"},
		{Name: "mostFunctionMiB", Default: 1024.0, Min: 128, Max: 10_240, Doc: "memory of a function on AWS, MiB"},
	},
	Each: func(c *policy.Check) {
		if c.Resource.Type == awsFunction {
			if n, ok := c.Number("memorySize", 128); ok && n > c.Option("mostFunctionMiB") {
				c.Violation("memorySize", "no more than "+number(c.Option("mostFunctionMiB")), "lower it, or declare what the function needs by option mostFunctionMiB of this rule")
			}
			return
		}
		for _, m := range machineTypes(c) {
			typeFits(c, m)
		}
		if c.Resource.Type == awsGroup {
			requirementsFit(c)
		}
	},
}

func typeFits(c *policy.Check, m machineType) {
	table := machinetype.AWS()
	if c.Resource.Cloud() == "gcp" {
		table = machinetype.GCP()
	}
	is, known := table.Lookup(m.name)
	if !known {
		c.Undecided(m.path, "is "+strconv.Quote(m.name)+", which is not in the table of "+table.AsOf)
		return
	}
	if v := c.Option("mostVCPUs"); float64(is.VCPUs) > v {
		c.Say("%s is %q with %d vCPUs, want no more than %s: take a smaller type, or declare what jobs need by option mostVCPUs of this rule", m.path, m.name, is.VCPUs, number(v))
	}
	if g := c.Option("mostMemoryGiB"); is.MemoryGiB > g {
		c.Say("%s is %q with %s GiB of memory, want no more than %s: take a smaller type, or declare what jobs need by option mostMemoryGiB of this rule", m.path, m.name, number(is.MemoryGiB), number(g))
	}
}

// requirementsFit looks at the upper ends of what EC2 may choose.
func requirementsFit(c *policy.Check) {
	items, _ := c.Items(overrides)
	for i, o := range items {
		if o.Key("instanceRequirements").Empty() || o.Key("instanceRequirements").Kind() == policy.Unknown {
			continue
		}
		at := overrides + "." + strconv.Itoa(i) + ".instanceRequirements."
		const mibPerGiB = 1024
		upperEnd(c, at+"vcpuCount.max", c.Option("mostVCPUs"))
		upperEnd(c, at+"memoryMib.max", c.Option("mostMemoryGiB")*mibPerGiB)
	}
}

func upperEnd(c *policy.Check, path string, most float64) {
	if c.Value(path).Empty() {
		c.Violation(path, "no more than "+number(most), "say how large a machine may be; without it EC2 takes any")
	} else if n, ok := c.Number(path, 0); ok && n > most {
		c.Violation(path, "no more than "+number(most), "lower it, or declare what jobs need by the options of this rule")
	}
}
