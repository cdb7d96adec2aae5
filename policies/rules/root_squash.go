package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const awsDoor = "aws:efs/accessPoint:AccessPoint"

// rootSquash: who becomes root on one machine must not be root on the files of all.
var rootSquash = policy.Rule{
	Name: "root-squash", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Root of a machine is not root of the shared files: Filestore squashes it, EFS is reached by access points with a user of their own.",
	Types: []string{gcpFiles, awsDoor},
	Each: func(c *policy.Check) {
		if c.Resource.Type == awsDoor {
			if c.Value("posixUser").Empty() {
				c.Violation("posixUser", "a user that is not root", "set uid and gid of the programs that use it")
			} else if uid, ok := c.Number("posixUser.uid", 0); ok && uid == 0 {
				c.Violation("posixUser.uid", "a user that is not root", "set that of the programs that use it")
			}
			return
		}
		exports, ok := c.Items(exportsOf(c))
		if ok && len(exports) == 0 {
			c.Violation(exportsOf(c), "one with squashMode ROOT_SQUASH", "add it; without one everybody in the network is root")
		}
		for i := range exports {
			path := exportsOf(c) + "." + strconv.Itoa(i) + ".squashMode"
			if mode, ok := c.Text(path, "NO_ROOT_SQUASH"); ok && mode != "ROOT_SQUASH" {
				c.Violation(path, "ROOT_SQUASH", "set it, with anonUid and anonGid of the programs that use the files")
			}
		}
	},
}
