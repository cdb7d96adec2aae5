// Package sqsqueue builds queues on Amazon SQS.
package sqsqueue

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
)

const (
	// deadLetterHours is the longest that SQS keeps a message: somebody has to
	// come and look. It exceeds Caps.MaxRetentionHours by a day, since a
	// message's age goes on counting when it moves to the dead-letter queue:
	// with equal retention a job that died late would be lost at once.
	deadLetterHours = 14 * 24
	// pollSeconds is how long a receive waits for a job that does not say so
	// itself. Workloads do, up to SQS's 20 seconds; a default above 0 would
	// lengthen the short waits, since 0 cannot be asked for.
	pollSeconds = 0
)

// Options of all queues of a driver. The zero value is ready to use.
type Options struct {
	// Tags go on every queue.
	Tags map[string]string
	// KMSKeyARN is a key to encrypt with, as an ARN since grants name it; nil:
	// SQS encrypts with keys of its own, at no cost. Whoever sends or receives
	// needs the key too, which GrantSend and GrantConsume see to.
	KMSKeyARN pulumi.StringInput
	// WithoutRedrivePermission leaves out that only the work queue sends to
	// the dead-letter queue: every queue of the account then may. Only for
	// emulators that do not know RedriveAllowPolicy.
	WithoutRedrivePermission bool
}

// Driver builds queues on SQS.
type Driver struct{ options Options }

var _ queue.Driver = (*Driver)(nil)

// New makes a driver.
func New(o Options) *Driver { return &Driver{o} }

// Target implements queue.Driver.
func (*Driver) Target() string { return "aws" }

// Caps implements queue.Driver. SQS takes leases of 0 seconds to 12 hours and
// 1 to 1,000 deliveries (API reference, CreateQueue); the lower and tighter
// ones are what every target has. It keeps messages for up to 14 days, of
// which the last one is left for the dead-letter queue.
func (*Driver) Caps() queue.Caps {
	return queue.Caps{
		MinLeaseSeconds: 10, MaxLeaseSeconds: 12 * 3600,
		MinDeliveries: 5, MaxDeliveries: 100, MaxRetentionHours: deadLetterHours - 24,
	}
}

// Build implements queue.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a queue.Args, parent pulumi.ResourceOption) (*queue.Binding, error) {
	dead, err := d.queue(ctx, naming.Child(name, "dead"), d.args(a.LeaseSeconds, deadLetterHours), parent)
	if err != nil {
		return nil, err
	}
	args := d.args(a.LeaseSeconds, a.RetentionHours)
	args.RedrivePolicy = pulumi.JSONMarshal(pulumi.Map{
		"deadLetterTargetArn": dead.Arn, "maxReceiveCount": pulumi.Int(a.MaxDeliveries),
	})
	work, err := d.queue(ctx, naming.Child(name, "work"), args, parent)
	if err != nil {
		return nil, err
	}
	if err := d.allowRedrive(ctx, naming.Child(name, "dead-from-work"), dead, work, parent); err != nil {
		return nil, err
	}
	return &queue.Binding{
		URL: urlOf(work.Arn), ID: work.Arn,
		DeadLetterURL: urlOf(dead.Arn), DeadLetterID: dead.Arn,
	}, nil
}

// args are what both queues have.
func (d *Driver) args(leaseSeconds, retentionHours int) *sqs.QueueArgs {
	a := &sqs.QueueArgs{
		VisibilityTimeoutSeconds: pulumi.Int(leaseSeconds),
		MessageRetentionSeconds:  pulumi.Int(retentionHours * 3600),
		ReceiveWaitTimeSeconds:   pulumi.Int(pollSeconds),
		Tags:                     pulumi.ToStringMap(d.options.Tags),
	}
	if d.options.KMSKeyARN != nil {
		a.KmsMasterKeyId = d.options.KMSKeyARN.ToStringOutput()
	} else {
		a.SqsManagedSseEnabled = pulumi.Bool(true)
	}
	return a
}

// queue registers a queue with its policy. The policy is a resource of its own
// because it names the queue's ARN.
func (d *Driver) queue(ctx *pulumi.Context, name string, args *sqs.QueueArgs, parent pulumi.ResourceOption) (*sqs.Queue, error) {
	q, err := sqs.NewQueue(ctx, name, args, parent)
	if err != nil {
		return nil, fmt.Errorf("registering queue %q: %w", name, err)
	}
	policy, err := refusePlainText(q.Arn)
	if err != nil {
		return nil, err
	}
	_, err = sqs.NewQueuePolicy(ctx, naming.Child(name, "policy"), &sqs.QueuePolicyArgs{QueueUrl: q.Url, Policy: policy}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering policy of queue %q: %w", name, err)
	}
	return q, nil
}

// allowRedrive lets only the work queue send to the dead-letter queue. It is a
// resource of its own because each queue names the other.
func (d *Driver) allowRedrive(ctx *pulumi.Context, name string, dead, work *sqs.Queue, parent pulumi.ResourceOption) error {
	if d.options.WithoutRedrivePermission {
		return nil
	}
	_, err := sqs.NewRedriveAllowPolicy(ctx, name, &sqs.RedriveAllowPolicyArgs{
		QueueUrl: dead.Url,
		RedriveAllowPolicy: pulumi.JSONMarshal(pulumi.Map{
			"redrivePermission": pulumi.String("byQueue"), "sourceQueueArns": pulumi.Array{work.Arn},
		}),
	}, parent)
	if err != nil {
		return fmt.Errorf("registering redrive permission %q: %w", name, err)
	}
	return nil
}
