// Package localqueue builds queues on the queue server of a local grid's
// agent.
package localqueue

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
)

// deadLetterHours is how long a dead job is kept: the longest there is, since
// somebody has to come and look.
const deadLetterHours = 14 * 24

// Options name the agent.
type Options struct {
	Directory pulumi.StringInput // the agent's
	Server    pulumi.StringInput // its queue server's URL
}

// Driver builds local queues.
type Driver struct{ options Options }

var _ queue.Driver = (*Driver)(nil)

// New makes a driver for one agent.
func New(o Options) *Driver { return &Driver{o} }

// Target implements queue.Driver.
func (*Driver) Target() string { return "local" }

// Caps implements queue.Driver. The limits are the tightest of the clouds', so
// that what works here works there: leases from Pub/Sub's 10 seconds to SQS's
// 12 hours, 5 to 100 deliveries as Pub/Sub, 13 days, since SQS keeps messages
// for 14 and a dead letter must outlive its job.
func (*Driver) Caps() queue.Caps {
	return queue.Caps{
		MinLeaseSeconds: 10, MaxLeaseSeconds: 12 * 3600,
		MinDeliveries: 5, MaxDeliveries: 100, MaxRetentionHours: deadLetterHours - 24,
	}
}

// resource is spotgrid:local:Queue of the provider.
type resource struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
	URL  pulumi.StringOutput `pulumi:"url"`
}

// Build implements queue.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a queue.Args, parent pulumi.ResourceOption) (*queue.Binding, error) {
	dead, err := d.register(ctx, naming.Child(name, "dead"), pulumi.Map{
		"leaseSeconds": pulumi.Int(a.LeaseSeconds), "maxDeliveries": pulumi.Int(0),
		"retentionHours": pulumi.Int(deadLetterHours),
	}, parent)
	if err != nil {
		return nil, err
	}
	work, err := d.register(ctx, naming.Child(name, "work"), pulumi.Map{
		"leaseSeconds": pulumi.Int(a.LeaseSeconds), "maxDeliveries": pulumi.Int(a.MaxDeliveries),
		"retentionHours": pulumi.Int(a.RetentionHours), "deadLetter": dead.Name,
	}, parent)
	if err != nil {
		return nil, err
	}
	return &queue.Binding{URL: work.URL, ID: work.Name, DeadLetterURL: dead.URL, DeadLetterID: dead.Name}, nil
}

func (d *Driver) register(ctx *pulumi.Context, name string, in pulumi.Map, parent pulumi.ResourceOption) (*resource, error) {
	in["directory"], in["server"], in["name"] = d.options.Directory, d.options.Server, pulumi.String(name)
	r := &resource{}
	return r, ctx.RegisterResource("spotgrid:local:Queue", name, in, r, parent)
}
