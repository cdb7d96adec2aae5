package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// deletionProtection: Pulumi's protection does not hold in the cloud's console.
var deletionProtection = policy.Rule{
	Name: "deletion-protection", Area: policy.Reliability, Level: policy.Disabled, Severity: policy.Medium,
	Doc: "The cloud itself refuses to delete what holds something: Filestore by its protection, buckets and repositories as long as they are not empty, " +
		"keys by the time in which they can be called back.",
	Types:   []string{gcpFiles, awsBucket, awsBucketOld, gcpBucket, awsRepository, awsKey, gcpKey},
	Options: []policy.Option{{Name: "leastKeyDays", Default: 30.0, Min: 7, Max: 30, Doc: "days in which a deleted key can be called back"}},
	Each: func(c *policy.Check) {
		switch c.Resource.Type {
		case gcpFiles:
			if on, ok := c.Bool("deletionProtectionEnabled", false); ok && !on {
				c.Violation("deletionProtectionEnabled", "true", "set it")
			}
		case awsKey:
			if n, ok := c.Number("deletionWindowInDays", 30); ok && n < c.Option("leastKeyDays") {
				c.Violation("deletionWindowInDays", number(c.Option("leastKeyDays"))+" or more", "raise it")
			}
		case gcpKey:
			keyWindow(c)
		default:
			path := "forceDestroy"
			if c.Resource.Type == awsRepository {
				path = "forceDelete"
			}
			if on, ok := c.Bool(path, false); ok && on {
				c.Violation(path, "false", "leave it out, so that only what is empty is deleted")
			}
		}
	},
}

// keyWindow looks at the time of a key of Google Cloud, which its provider gives in
// seconds; nothing is 30 days (Cloud KMS, destroy and restore key versions).
func keyWindow(c *policy.Check) {
	seconds, ok := durationSeconds(c, "destroyScheduledDuration", "2592000s")
	const secondsPerDay = 24 * 3600
	if ok && seconds < c.Option("leastKeyDays")*secondsPerDay {
		c.Violation("destroyScheduledDuration", number(c.Option("leastKeyDays")*secondsPerDay)+"s or more", "raise it")
	}
}
