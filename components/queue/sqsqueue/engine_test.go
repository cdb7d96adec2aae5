package sqsqueue_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/queue"
)

func TestTheRealProviderPreviewsTheQueue(t *testing.T) {
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := queue.New(ctx, "jobs", driver(), queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96}, opts...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:queue:Queue jobs",
		"create spotgrid:queue:Queue$aws:sqs/queue:Queue jobs-dead",
		"create spotgrid:queue:Queue$aws:sqs/queue:Queue jobs-work",
		"create spotgrid:queue:Queue$aws:sqs/queuePolicy:QueuePolicy jobs-dead-policy",
		"create spotgrid:queue:Queue$aws:sqs/queuePolicy:QueuePolicy jobs-work-policy",
		"create spotgrid:queue:Queue$aws:sqs/redriveAllowPolicy:RedriveAllowPolicy jobs-dead-from-work",
	}, got)
}

func TestTheRealProviderRefusesALeaseThatSQSWould(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := sqs.NewQueue(ctx, "jobs", &sqs.QueueArgs{VisibilityTimeoutSeconds: pulumi.Int(12*3600 + 1)}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected visibility_timeout_seconds to be in the range (0 - 43200)")
}
