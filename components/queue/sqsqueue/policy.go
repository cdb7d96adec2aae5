package sqsqueue

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/queue"
)

// refusePlainText is the policy of a queue that only TLS reaches. It allows
// nobody anything: that is for the roles' own policies.
func refusePlainText(arn pulumi.StringInput) (pulumi.StringOutput, error) {
	return policydoc.Document(policydoc.Statement{
		Sid: "RefusePlainText", Reason: "jobs may hold secrets, so they never cross the wire readable",
		Deny: true, Principal: map[string]pulumi.StringInput{"AWS": pulumi.String("*")},
		// Everything that carries a job or tells of one. SQS takes at most
		// seven actions a statement (developer guide, policy quotas).
		Actions: []string{
			"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
			"sqs:PurgeQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
		},
		Resources:  []pulumi.StringInput{arn},
		Conditions: map[string]map[string]pulumi.StringInput{"Bool": {"aws:SecureTransport": pulumi.String("false")}},
	})
}

// GrantConsume is what a worker's role needs to work a queue's jobs.
func (d *Driver) GrantConsume(b queue.Binding) []policydoc.Statement {
	return append([]policydoc.Statement{{
		Sid: "WorkJobs", Reason: "a worker takes jobs, keeps them while it works and removes them; it looks at the backlog to know whether to stay",
		Actions:   []string{"sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
		Resources: []pulumi.StringInput{b.ID},
	}, {
		Sid: "GiveJobsUp", Reason: "a worker sends a job that failed for good to the dead-letter queue, with what it knows of the failure",
		Actions:   []string{"sqs:SendMessage", "sqs:GetQueueAttributes"},
		Resources: []pulumi.StringInput{b.DeadLetterID},
	}}, d.useKey()...)
}

// GrantReceive is what the role of a function needs that the queue calls: the
// service receives in its name.
func (d *Driver) GrantReceive(b queue.Binding) []policydoc.Statement {
	return append([]policydoc.Statement{{
		Sid: "ReceiveCalls", Reason: "Lambda polls the queue in the function's name and removes what was done",
		Actions:   []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
		Resources: []pulumi.StringInput{b.ID},
	}}, d.useKey()...)
}

// GrantSend is what a producer's role needs to put jobs into a queue.
func (d *Driver) GrantSend(b queue.Binding) []policydoc.Statement {
	return append([]policydoc.Statement{{
		Sid: "SendJobs", Reason: "a producer sends jobs, and reads the queue's limits and backlog before it does",
		Actions:   []string{"sqs:SendMessage", "sqs:GetQueueAttributes"},
		Resources: []pulumi.StringInput{b.ID},
	}}, d.useKey()...)
}

// useKey is empty without a key of the user's own.
func (d *Driver) useKey() []policydoc.Statement {
	if d.options.KMSKeyARN == nil {
		return nil
	}
	return []policydoc.Statement{{
		// Senders decrypt as well: SQS checks the data key that it reuses
		// (developer guide, key management).
		Sid: "UseQueueKey", Reason: "SQS encrypts and decrypts with the key in the name of who sends or receives",
		Actions:   []string{"kms:GenerateDataKey", "kms:Decrypt"},
		Resources: []pulumi.StringInput{d.options.KMSKeyARN},
	}}
}
