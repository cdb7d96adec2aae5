package rules

import (
	"github.com/spotgrid/spotgrid/policies/policy"
)

// encrypted: a disk that leaves the data centre, or a copy of one, says nothing.
var encrypted = policy.Rule{
	Name: "encrypted-at-rest", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "What is stored is encrypted: file systems, queues and disks on AWS, where it is a choice; elsewhere the cloud does it always.",
	Types: []string{awsFiles, awsQueue, awsTemplate, awsLaunchConfig, awsInstance, awsDisk},
	Each: func(c *policy.Check) {
		switch c.Resource.Type {
		case awsFiles:
			if on, ok := c.Bool("encrypted", false); ok && !on {
				c.Violation("encrypted", "true", "set it; it cannot be set later")
			}
		case awsQueue:
			// SQS encrypts unless it is told not to (SQS developer guide, SSE-SQS).
			if on, ok := c.Bool("sqsManagedSseEnabled", true); ok && !on && c.Known("kmsMasterKeyId") && c.Value("kmsMasterKeyId").Empty() {
				c.Violation("sqsManagedSseEnabled", "true, or a key in kmsMasterKeyId", "set one of them")
			}
		default:
			for _, d := range disks(c) {
				if path := d.path + "encrypted"; c.Value(path).Empty() {
					c.Violation(path, "true", "set it, whatever the account's default is")
				} else if on, ok := c.Bool(path, false); ok && !on {
					c.Violation(path, "true", "set it")
				}
			}
		}
	},
}
