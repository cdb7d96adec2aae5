package rules

import (
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const awsBlock = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

// privateBuckets: one wrong grant later must not make a bucket public.
var privateBuckets = policy.Rule{
	Name: "private-buckets", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc:   "Every bucket refuses to become public, whatever a policy or an object's own rights say.",
	Types: []string{awsBucket, awsBucketOld, awsBlock, "aws:s3/bucketAclV2:BucketAclV2", gcpBucket},
	Whole: func(c *policy.Check) {
		for _, b := range c.Of(awsBucket, awsBucketOld) {
			for _, block := range companion(b, "bucket", awsBlock, "no public access block", "add one with all four refusals") {
				for _, path := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
					if on, ok := block.Bool(path, false); ok && !on {
						block.Violation(path, "true", "set it")
					}
				}
			}
		}
		for _, b := range c.Of(awsBucket, awsBucketOld, "aws:s3/bucketAclV2:BucketAclV2") {
			if acl, ok := b.Text("acl", "private"); ok && (strings.HasPrefix(acl, "public-") || acl == "authenticated-read") {
				b.Violation("acl", "private", "leave it out, and let the bucket's owner own all")
			}
		}
		for _, b := range c.Of(gcpBucket) {
			if p, ok := b.Text("publicAccessPrevention", "inherited"); ok && p != "enforced" {
				b.Violation("publicAccessPrevention", "enforced", "set it")
			}
			if on, ok := b.Bool("uniformBucketLevelAccess", false); ok && !on {
				b.Violation("uniformBucketLevelAccess", "true", "set it, so that only IAM decides")
			}
		}
	},
}
