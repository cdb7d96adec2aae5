package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestBucketsArePrivate(t *testing.T) {
	bucket := of(awsBucket, "bucket", `{"bucket":"b"}`)
	block := func(properties string) []*policy.Resource {
		return []*policy.Resource{bucket, of(awsBlock, "block", properties, "bucket>bucket")}
	}
	table(t, privateBuckets, []example{
		{name: "blocked", stack: block(`{"bucket":"b","blockPublicAcls":true,"blockPublicPolicy":true,"ignorePublicAcls":true,"restrictPublicBuckets":true}`)},
		{name: "partly", stack: block(`{"bucket":"b","blockPublicAcls":true,"blockPublicPolicy":false,"ignorePublicAcls":true}`), want: []string{"blockPublicPolicy is false", "restrictPublicBuckets is missing"}},
		{name: "not blocked", stack: []*policy.Resource{bucket}, want: []string{"it has no public access block"}},
		{name: "an open list", stack: append(block(`{"bucket":"b","blockPublicAcls":true,"blockPublicPolicy":true,"ignorePublicAcls":true,"restrictPublicBuckets":true}`),
			of("aws:s3/bucketAclV2:BucketAclV2", "acl", `{"acl":"public-read"}`)), want: []string{`acl is "public-read"`}},
		{name: "a list for all with an account", stack: some("aws:s3/bucketAclV2:BucketAclV2", `{"acl":"authenticated-read"}`), want: []string{"authenticated-read"}},
		{name: "a private list", stack: some("aws:s3/bucketAclV2:BucketAclV2", `{"acl":"private"}`)},
		{name: "on Google Cloud", stack: some(gcpBucket, `{"publicAccessPrevention":"enforced","uniformBucketLevelAccess":true}`)},
		{name: "not on Google Cloud", stack: some(gcpBucket, `{}`), want: []string{"publicAccessPrevention is missing", "uniformBucketLevelAccess is missing"}},
		{name: "unknown", stack: some(gcpBucket, `{"publicAccessPrevention":"?","uniformBucketLevelAccess":"?"}`), undecided: []string{"publicAccessPrevention", "uniformBucketLevelAccess"}},
	})
}
