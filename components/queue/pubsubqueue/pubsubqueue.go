// Package pubsubqueue builds queues on Google Cloud Pub/Sub: a topic that jobs
// are sent to, a subscription that workers share, and the same two for jobs
// that were given up.
package pubsubqueue

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/queue"
)

// longestHours is the longest that a subscription keeps a message (Pub/Sub
// documentation, Subscription properties: 31 days). Dead letters are kept that
// long, since somebody has to come and look. A job may wait as long: Pub/Sub
// publishes a dead letter anew, so that its age starts again.
const longestHours = 31 * 24

// Options of all queues of a driver.
type Options struct {
	// Project is the ID of the project that the queues are in.
	Project string
	// ProjectNumber is the number of the same project, which the name of
	// Pub/Sub's service agent holds.
	ProjectNumber pulumi.StringInput
	// KMSKeyName is a key to encrypt with, as
	// projects/P/locations/L/keyRings/R/cryptoKeys/K; nil: Google encrypts with
	// keys of its own, at no cost. The ServiceAgent must be allowed to encrypt
	// and decrypt with it before the first queue is made: the grant belongs
	// where the key is declared.
	KMSKeyName pulumi.StringInput
	// ExactlyOnce makes Pub/Sub refuse to acknowledge or extend a delivery
	// whose lease ran out, also where the clock of a worker is wrong, at the
	// price of slower deliveries (Pub/Sub documentation, Exactly-once delivery).
	// Jobs sent twice still run twice.
	ExactlyOnce bool
	// AllowedRegions are where messages may be stored, such as "europe-west1";
	// empty: wherever the project's organization allows.
	AllowedRegions []string
	// TopicOnly leaves the work subscription to who takes the jobs: what pushes
	// them to a function hangs on the topic with one of its own. The queue's URL
	// then serves those who send, its ID is the topic's path, and GrantConsume
	// and GrantReceive have nothing to give.
	TopicOnly bool
	// Labels go on every topic and subscription.
	Labels map[string]string
}

// Driver builds queues on Pub/Sub.
type Driver struct{ options Options }

var _ queue.Driver = (*Driver)(nil)

var regionPattern = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)

// New makes a driver. All faults of the options come in one error.
func New(o Options) (*Driver, error) {
	var f limits.Faults
	if o.Project == "" {
		f.Addf("no project is given")
	}
	if o.ProjectNumber == nil {
		f.Addf("no project number is given: without it Pub/Sub's service agent cannot move dead letters")
	}
	for i, r := range o.AllowedRegions {
		if !regionPattern.MatchString(r) || slices.Contains(o.AllowedRegions[:i], r) {
			f.Addf("allowed region is %q, want each once and one such as europe-west1", r)
		}
	}
	if err := f.Err(); err != nil {
		return nil, fmt.Errorf("reading options of queues on Pub/Sub: %w", err)
	}
	return &Driver{o}, nil
}

// Target implements queue.Driver.
func (*Driver) Target() string { return "gcp" }

// Caps implements queue.Driver. A lease is an ack deadline of 10 to 600 seconds,
// which workers extend for longer jobs; a dead-letter policy takes 5 to 100
// deliveries (Pub/Sub API reference, Subscription and DeadLetterPolicy).
func (*Driver) Caps() queue.Caps {
	return queue.Caps{
		MinLeaseSeconds: 10, MaxLeaseSeconds: 600,
		MinDeliveries: 5, MaxDeliveries: 100, MaxRetentionHours: longestHours,
	}
}

// ServiceAgent is the member that Pub/Sub itself acts as in the project: it
// moves dead letters and uses the key (Pub/Sub documentation, Dead-letter
// topics).
func (d *Driver) ServiceAgent() pulumi.StringOutput {
	return pulumi.Sprintf("serviceAccount:service-%s@gcp-sa-pubsub.iam.gserviceaccount.com", d.options.ProjectNumber)
}
