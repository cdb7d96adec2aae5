package rules

import "github.com/spotgrid/spotgrid/policies/policy"

const (
	awsBucketExpiry = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	awsImageExpiry  = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
)

// artifactsExpire: each deployment leaves a program and an image that nobody will
// ever start again.
var artifactsExpire = policy.Rule{
	Name: "artifacts-expire", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Low,
	Doc:   "Buckets and image repositories delete by rules what is superseded or left over.",
	Types: []string{awsBucket, awsBucketOld, awsBucketExpiry, awsRepository, awsImageExpiry, gcpBucket, gcpRepository},
	Whole: func(c *policy.Check) {
		for _, b := range c.Of(awsBucket, awsBucketOld) {
			if b.Value("lifecycleRules").Empty() {
				companion(b, "bucket", awsBucketExpiry, "no lifecycle configuration", "add one that expires noncurrent versions and unfinished uploads")
			}
		}
		for _, r := range c.Of(awsRepository) {
			companion(r, "repository", awsImageExpiry, "no lifecycle policy", "add one that keeps the newest images only")
		}
		for _, b := range c.Of(gcpBucket) {
			if b.Value("lifecycleRules").Empty() {
				b.Violation("lifecycleRules", "a rule or more", "delete noncurrent versions and unfinished uploads by a rule")
			}
		}
		for _, r := range c.Of(gcpRepository) {
			if r.Value("cleanupPolicies").Empty() {
				r.Violation("cleanupPolicies", "a policy or more", "keep the newest images only")
			} else if dry, ok := r.Bool("cleanupPolicyDryRun", false); ok && dry {
				r.Violation("cleanupPolicyDryRun", "false", "let the policies delete")
			}
		}
	},
}

// companion wants a resource of the type whose property names the one at hand, and
// returns those there are.
func companion(c *policy.Check, property, kind, is, fix string) []*policy.Check {
	found, maybe := referrers(c, property, kind)
	switch {
	case len(found) == 0 && maybe:
		c.Undecided(property, "of "+kind+" is not known yet")
	case len(found) == 0:
		c.Say("it has %s, want one: %s", is, fix)
	}
	return found
}
