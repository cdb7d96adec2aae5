package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// narrowExports: NFS takes every machine at its word, so that who may ask is all
// the protection that a share has.
var narrowExports = policy.Rule{
	Name: "narrow-exports", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "A Filestore share is exported to the ranges of the machines that use it, not to all addresses.",
	Types: []string{gcpFiles},
	Each: func(c *policy.Check) {
		exports, _ := c.Items(exportsOf(c))
		for i := range exports {
			path := exportsOf(c) + "." + strconv.Itoa(i) + ".ipRanges"
			ranges, ok := c.Items(path)
			if ok && (len(ranges) == 0 || open(c.Value(path))) {
				c.Violation(path, "ranges of the machines", "name those of the subnets that the machines are in")
			}
		}
	},
}

// exportsOf is where the options of an instance's one share are: in the provider's
// inputs an object, in its state the only one of a list.
func exportsOf(c *policy.Check) string {
	if c.Value("fileShares").Kind() == policy.List {
		return "fileShares.0.nfsExportOptions"
	}
	return "fileShares.nfsExportOptions"
}
