package aws_test

import (
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
	"github.com/spotgrid/spotgrid/workloads/scaler/aws"
)

// moto knows the calls of SQS and Auto Scaling, but not the protocol of CloudWatch
// that the SDK speaks.

func TestMotoCountsJobs(t *testing.T) {
	moto := mototest.Need(t)
	owner := sqs.NewFromConfig(moto.Config(t))
	made, err := owner.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: sdk.String("scaled")})
	require.NoError(t, err)
	for _, delay := range []int32{0, 0, 0, 300} {
		_, err := owner.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: made.QueueUrl, MessageBody: sdk.String("job"), DelaySeconds: delay})
		require.NoError(t, err)
	}
	_, err = owner.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: made.QueueUrl, MaxNumberOfMessages: 1})
	require.NoError(t, err)
	t.Setenv("AWS_ENDPOINT_URL", moto.Endpoint)
	c, err := aws.New(func() time.Time { return now })
	require.NoError(t, err)
	points, err := c.Backlog(t.Context(), "sqs://sqs."+mototest.Region+".amazonaws.com/"+mototest.Account+"/scaled", since)
	require.NoError(t, err)
	assert.Equal(t, []scaler.Point{{At: now, Jobs: 4}}, points, "two wait, one runs, one is delayed")
}

func TestMotoSizesGroups(t *testing.T) {
	moto := mototest.Need(t)
	t.Setenv("AWS_ENDPOINT_URL", moto.Endpoint)
	m := moto.NewMachine(t)
	_, err := autoscaling.NewFromConfig(moto.Config(t)).UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: &m.Group, MaxSize: sdk.Int32(5),
	})
	require.NoError(t, err)
	c, err := aws.New(func() time.Time { return now })
	require.NoError(t, err)
	url := "asg://" + mototest.Region + "/" + m.Group
	require.NoError(t, c.Resize(t.Context(), url, 3))
	size, err := c.Size(t.Context(), url)
	require.NoError(t, err)
	assert.Equal(t, scaler.Size{Target: 3, Running: 3}, size, "moto has capacity at once")
	taken, err := c.Cancel(t.Context(), url, 2)
	require.NoError(t, err)
	assert.Zero(t, taken, "nothing is owed")
	first, _, err := c.Failures(t.Context(), url, since)
	require.NoError(t, err)
	assert.True(t, first.IsZero())
	_, err = c.Size(t.Context(), url+"-gone")
	assert.ErrorContains(t, err, "there is no Auto Scaling group")
}
