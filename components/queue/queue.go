// Package queue is a job queue with leases and a dead-letter queue, on any
// target.
package queue

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:queue:Queue"

// Args are what every target honours with one meaning.
type Args struct {
	// LeaseSeconds is how long a received job stays hidden from others unless
	// its worker extends it: the time after which a lost job runs again.
	LeaseSeconds int
	// MaxDeliveries is how often a job is handed out before it goes to the
	// dead-letter queue. Interruptions count here, so it is well above the
	// attempts that a job may fail.
	MaxDeliveries int
	// RetentionHours is how long a job is kept that nobody works.
	RetentionHours int
	// Protect makes `pulumi destroy` refuse to delete the queue and the jobs in
	// it until it is taken back.
	Protect bool
}

// Queue is a job queue.
type Queue struct {
	pulumi.ResourceState
	Binding
}

// New declares a queue. All faults of the arguments come in one error, before
// anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Queue, error) {
	if err := errors.Join(naming.Check("queue", name), a.check(d.Caps())); err != nil {
		return nil, fmt.Errorf("queue %q on %s: %w", name, d.Target(), err)
	}
	q := &Queue{}
	in := pulumi.Map{
		"target": pulumi.String(d.Target()), "leaseSeconds": pulumi.Int(a.LeaseSeconds),
		"maxDeliveries": pulumi.Int(a.MaxDeliveries), "retentionHours": pulumi.Int(a.RetentionHours),
		"protect": pulumi.Bool(a.Protect),
	}
	opts = append(opts, pulumi.Protect(a.Protect))
	if err := ctx.RegisterComponentResourceV2(Type, name, in, q, opts...); err != nil {
		return nil, fmt.Errorf("registering queue %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(q))
	if err != nil {
		return nil, fmt.Errorf("queue %q on %s: %w", name, d.Target(), err)
	}
	q.Binding = *b
	return q, ctx.RegisterResourceOutputs(q, pulumi.Map{
		"url": b.URL, "deadLetterUrl": b.DeadLetterURL, "id": b.ID, "deadLetterId": b.DeadLetterID,
	})
}

func (a Args) check(c Caps) error {
	var f limits.Faults
	f.Between("leaseSeconds", a.LeaseSeconds, c.MinLeaseSeconds, c.MaxLeaseSeconds)
	f.Between("maxDeliveries", a.MaxDeliveries, c.MinDeliveries, c.MaxDeliveries)
	f.Between("retentionHours", a.RetentionHours, 1, c.MaxRetentionHours)
	return f.Err()
}
