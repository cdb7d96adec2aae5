package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// noProvisionedThroughput: speed that is set aside costs whether it is used or not.
var noProvisionedThroughput = policy.Rule{
	Name: "no-provisioned-throughput", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc: "File systems and disks do not buy speed ahead: EFS is elastic (bursting starves small file systems), " +
		"Filestore is no high-scale tier, gp3 has what comes with it.",
	Types: []string{awsFiles, awsTemplate, awsInstance, awsDisk, gcpFiles},
	Options: []policy.Option{
		{Name: "mostIOPS", Default: 3000.0, Min: 100, Max: 256_000, Doc: "operations a second of a disk; gp3 comes with 3,000"},
		{Name: "mostMiBps", Default: 125.0, Min: 1, Max: 4000, Doc: "MiB/s of a disk; gp3 comes with 125"},
	},
	Each: func(c *policy.Check) {
		switch c.Resource.Type {
		case awsFiles:
			if mode, ok := c.Text("throughputMode", "bursting"); ok && mode != "elastic" {
				c.Violation("throughputMode", `"elastic"`, "set elastic, which costs by use")
			}
		case gcpFiles:
			if tier, ok := c.Text("tier", ""); ok && (tier == "HIGH_SCALE_SSD" || tier == "BASIC_SSD" || tier == "PREMIUM") {
				c.Violation("tier", "ZONAL or REGIONAL", "take a tier that can shrink again")
			}
		default:
			diskSpeed(c)
		}
	},
}

func diskSpeed(c *policy.Check) {
	for _, d := range disks(c) {
		slow(c, d.path+"iops", c.Option("mostIOPS"))
		slow(c, d.path+"throughput", c.Option("mostMiBps"))
	}
}

func slow(c *policy.Check, path string, most float64) {
	if n, ok := c.Number(path, 0); ok && n > most {
		c.Violation(path, "no more than "+number(most), "leave it out, or agree on more by the options of this rule")
	}
}
