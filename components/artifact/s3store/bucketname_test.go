package s3store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestABucketsNameIsOneThatS3Takes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"abc", "my-programs-2", "0-9", strings.Repeat("a", 63)} {
		assert.NoError(t, checkBucket(name), name)
	}
	for name, want := range map[string]string{
		"ab": "want 3..63", strings.Repeat("a", 64): "want 3..63", "-abc": "want 3..63", "abc-": "want 3..63",
		"Abc": "want 3..63", "a_c": "want 3..63", "my.programs": "want 3..63", "192.168.5.4": "want 3..63",
		"xn--abc": "start with xn--", "sthree-abc": "start with sthree-", "amzn-s3-demo-abc": "start with amzn-s3-demo-",
		"abc-s3alias": "end with -s3alias", "abc--ol-s3": "end with --ol-s3", "abc--x-s3": "end with --x-s3", "abc--table-s3": "end with --table-s3",
	} {
		assert.ErrorContains(t, checkBucket(name), want, name)
	}
}

func TestBucketOf(t *testing.T) {
	t.Parallel()
	for _, arn := range []string{"arn:aws:s3:::my-programs", "arn:aws-cn:s3:::my-programs"} {
		got, err := bucketOf(arn)
		assert.NoError(t, err)
		assert.Equal(t, "my-programs", got)
	}
	for _, arn := range []string{"", "my-programs", "arn:aws:s3:::", "arn:aws:sqs:eu-west-1:123456789012:jobs"} {
		_, err := bucketOf(arn)
		assert.ErrorContains(t, err, "want arn:PARTITION:s3:::BUCKET", arn)
	}
}
