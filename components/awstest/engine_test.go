package awstest_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/awstest"
)

func TestAResourceWithoutTheProviderIsRefused(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, _ ...pulumi.ResourceOption) error {
		_, err := sqs.NewQueue(ctx, "stray", nil)
		return err
	})
	assert.ErrorContains(t, err, "Default provider for 'aws' disabled")
}
