package sqsqueue_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/queuetest"
	"github.com/spotgrid/spotgrid/components/queue/sqsqueue"
)

const (
	queueType = "aws:sqs/queue:Queue"
	keyARN    = "arn:aws:kms:eu-west-1:123456789012:key/1234"
	workARN   = "arn:aws:sqs:eu-west-1:123456789012:jobs-work-1a2b3c4"
	deadARN   = "arn:aws:sqs:eu-west-1:123456789012:jobs-dead-1a2b3c4"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

func driver() *sqsqueue.Driver { return sqsqueue.New(sqsqueue.Options{Tags: tags}) }

func TestConformance(t *testing.T) { queuetest.Run(t, driver(), awstest.Compute) }

// run declares one queue with the driver and checks its tree, twice.
func run(t *testing.T, d *sqsqueue.Driver, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := queue.New(ctx, "jobs", d, queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96})
		return err
	}
	componenttest.Run(t, awstest.Compute, program, check)
}

func TestBothQueuesAreTaggedEncryptedAndReachedByTLSOnly(t *testing.T) {
	run(t, driver(), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		for _, name := range []string{"jobs-work", "jobs-dead"} {
			q := tree.One(t, queueType, name).Inputs
			assert.True(t, q["sqsManagedSseEnabled"].BoolValue(), name)
			assert.NotContains(t, q, "kmsMasterKeyId", name)
			assert.Equal(t, 90.0, q["visibilityTimeoutSeconds"].NumberValue(), "%s: the lease", name)
			assert.Zero(t, q["receiveWaitTimeSeconds"].NumberValue(), "%s: receivers say how long they wait", name)
		}
		policies := awstest.Policies(t, tree)
		if len(policies) == 0 { // a preview: the ARNs are not known yet
			assert.Len(t, tree.Of("aws:sqs/queuePolicy:QueuePolicy"), 2)
			return
		}
		for name, arn := range map[string]string{"jobs-work-policy": workARN, "jobs-dead-policy": deadARN} {
			require.Len(t, policies[name], 1)
			assert.Equal(t, []string{arn}, policies[name][0].Resource)
			assert.LessOrEqual(t, len(policies[name][0].Action), 7, "SQS takes no more")
			awstest.RefusesPlainText(t, policies[name], "sqs:SendMessage", "sqs:ReceiveMessage")
		}
	})
}

func TestAJobThatIsDeliveredTooOftenMovesToAQueueThatKeepsItLonger(t *testing.T) {
	run(t, driver(), func(t *testing.T, tree *componenttest.Tree) {
		work, dead := tree.One(t, queueType, "jobs-work").Inputs, tree.One(t, queueType, "jobs-dead").Inputs
		assert.Equal(t, 96.0*3600, work["messageRetentionSeconds"].NumberValue())
		assert.Equal(t, 14.0*24*3600, dead["messageRetentionSeconds"].NumberValue())
		assert.NotContains(t, dead, "redrivePolicy", "a dead letter is never given up")
		if !work["redrivePolicy"].IsString() { // a preview: the ARNs are not known yet
			return
		}
		assert.JSONEq(t, `{"deadLetterTargetArn":"`+deadARN+`","maxReceiveCount":20}`, work["redrivePolicy"].StringValue())
		allow := tree.One(t, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "jobs-dead-from-work").Inputs
		assert.JSONEq(t, `{"redrivePermission":"byQueue","sourceQueueArns":["`+workARN+`"]}`, allow["redriveAllowPolicy"].StringValue())
		assert.Contains(t, allow["queueUrl"].StringValue(), "jobs-dead")
	})
}

func TestEvenTheLongestRetentionIsShorterThanThatOfTheDeadLetterQueue(t *testing.T) {
	t.Parallel()
	assert.Less(t, driver().Caps().MaxRetentionHours, 14*24)
}

func TestAKeyOfTheUsersOwnTakesThePlaceOfTheService(t *testing.T) {
	d := sqsqueue.New(sqsqueue.Options{KMSKeyARN: pulumi.String(keyARN)})
	run(t, d, func(t *testing.T, tree *componenttest.Tree) {
		for _, q := range tree.Of(queueType) {
			assert.Equal(t, keyARN, q.Inputs["kmsMasterKeyId"].StringValue())
			assert.NotContains(t, q.Inputs, "sqsManagedSseEnabled", "SQS takes one of the two")
		}
	})
}

func TestWhatAnEmulatorDoesNotKnowIsLeftOutOnRequest(t *testing.T) {
	run(t, sqsqueue.New(sqsqueue.Options{WithoutRedrivePermission: true}), func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"))
		assert.Contains(t, tree.One(t, queueType, "jobs-work").Inputs, resource.PropertyKey("redrivePolicy"), "jobs still die")
	})
}

func TestGrantsAllowWhatEachPartDoesAndNoMore(t *testing.T) {
	t.Parallel()
	allow := func(sid, arn string, actions ...string) awstest.Statement {
		return awstest.Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: []string{arn}}
	}
	work := allow("WorkJobs", workARN, "sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	giveUp := allow("GiveJobsUp", deadARN, "sqs:SendMessage", "sqs:GetQueueAttributes")
	send := allow("SendJobs", workARN, "sqs:SendMessage", "sqs:GetQueueAttributes")
	receive := allow("ReceiveCalls", workARN, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	key := allow("UseQueueKey", keyARN, "kms:GenerateDataKey", "kms:Decrypt")
	b := queue.Binding{ID: pulumi.String(workARN).ToStringOutput(), DeadLetterID: pulumi.String(deadARN).ToStringOutput()}
	keyed := sqsqueue.New(sqsqueue.Options{KMSKeyARN: pulumi.String(keyARN)})
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		assert.Equal(t, []awstest.Statement{work, giveUp}, awstest.Granted(t, ctx, driver().GrantConsume(b)))
		assert.Equal(t, []awstest.Statement{send}, awstest.Granted(t, ctx, driver().GrantSend(b)))
		assert.Equal(t, []awstest.Statement{work, giveUp, key}, awstest.Granted(t, ctx, keyed.GrantConsume(b)))
		assert.Equal(t, []awstest.Statement{receive}, awstest.Granted(t, ctx, driver().GrantReceive(b)))
		assert.Equal(t, []awstest.Statement{receive, key}, awstest.Granted(t, ctx, keyed.GrantReceive(b)))
		assert.Equal(t, []awstest.Statement{send, key}, awstest.Granted(t, ctx, keyed.GrantSend(b)))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}
