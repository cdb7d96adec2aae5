package ecrregistry

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFunctionsOf(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:ecr:eu-west-1:123456789012:repository/images":     "arn:aws:lambda:eu-west-1:123456789012:function:*",
		"arn:aws-cn:ecr:cn-north-1:123456789012:repository/images": "arn:aws-cn:lambda:cn-north-1:123456789012:function:*",
	} {
		got, err := functionsOf(arn)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, arn := range []string{"", "images", "arn:aws:ecr:::repository/images", "arn:aws:s3:::images"} {
		_, err := functionsOf(arn)
		assert.ErrorContains(t, err, "want arn:PARTITION:ecr:REGION:ACCOUNT:repository/NAME", arn)
	}
}
