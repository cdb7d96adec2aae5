package efsvolume

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAccountRoot(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1":     "arn:aws:iam::123456789012:root",
		"arn:aws-cn:elasticfilesystem:cn-north-1:123456789012:file-system/fs-1": "arn:aws-cn:iam::123456789012:root",
	} {
		got, err := accountRoot(arn)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, arn := range []string{"", "fs-1", "arn:aws:s3:::bucket"} {
		_, err := accountRoot(arn)
		assert.ErrorContains(t, err, "reading ARN", arn)
	}
}
