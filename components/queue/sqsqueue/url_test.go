package sqsqueue

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWorkloadURL(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:sqs:eu-west-1:123456789012:jobs":      "sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
		"arn:aws-cn:sqs:cn-north-1:123456789012:jobs":  "sqs://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs",
		"arn:aws-us-gov:sqs:us-gov-west-1:1234567:a-b": "sqs://sqs.us-gov-west-1.amazonaws.com/1234567/a-b",
	} {
		got, err := workloadURL(arn)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, arn := range []string{"", "jobs", "arn:aws:sns:eu-west-1:123456789012:jobs"} {
		_, err := workloadURL(arn)
		assert.ErrorContains(t, err, "want arn:PARTITION:sqs:REGION:ACCOUNT:NAME", arn)
	}
}
