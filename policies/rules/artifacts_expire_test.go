package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestArtifactsExpire(t *testing.T) {
	bucket, repository := of(awsBucket, "bucket", `{"bucket":"programs"}`), of(awsRepository, "repository", `{"name":"images"}`)
	table(t, artifactsExpire, []example{
		{name: "a bucket that deletes", stack: []*policy.Resource{bucket, of(awsBucketExpiry, "expiry", `{"bucket":"programs"}`)}},
		{name: "a bucket that does not", stack: []*policy.Resource{bucket, of(awsBucketExpiry, "expiry", `{"bucket":"others"}`)}, want: []string{"it has no lifecycle configuration"}},
		{name: "a bucket with rules of its own", stack: some(awsBucketOld, `{"lifecycleRules":[{"enabled":true}]}`)},
		{name: "unknown", stack: []*policy.Resource{bucket, of(awsBucketExpiry, "expiry", `{"bucket":"?"}`)}, undecided: []string{"bucket of aws:s3"}},
		{name: "a repository that deletes", stack: []*policy.Resource{repository, of(awsImageExpiry, "expiry", `{"repository":"?"}`, "repository>repository")}},
		{name: "a repository that does not", stack: []*policy.Resource{repository}, want: []string{"it has no lifecycle policy"}},
		{name: "on Google Cloud", stack: []*policy.Resource{of(gcpBucket, "b", `{"lifecycleRules":[{"a":1}]}`), of(gcpRepository, "r", `{"cleanupPolicies":[{"id":"x"}]}`)}},
		{name: "not on Google Cloud", stack: []*policy.Resource{of(gcpBucket, "b", `{}`), of(gcpRepository, "r", `{}`)}, want: []string{"lifecycleRules is missing", "cleanupPolicies is missing"}},
		{name: "only tried", stack: some(gcpRepository, `{"cleanupPolicies":[{"id":"x"}],"cleanupPolicyDryRun":true}`), want: []string{"cleanupPolicyDryRun is true"}},
	})
}
