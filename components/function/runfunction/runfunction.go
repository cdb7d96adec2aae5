// Package runfunction builds functions on Google Cloud Run, which queues on
// Pub/Sub and the clock of Cloud Scheduler can call.
//
// A function is a service of one container that has a processor only while it
// answers, and none at all between calls. Its program serves HTTP there, which
// package workloads/event does. What it logs goes to Cloud Logging by itself:
// how long it is kept is decided for the whole project, not here.
package runfunction

import (
	"fmt"
	"sync"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/function"
)

// Images makes container images of programs.
type Images interface {
	// Push registers what makes and keeps the image below parent, with names
	// that start with name. The URI names the image's content, such as by its
	// digest: a function changes when its URI does.
	Push(ctx *pulumi.Context, name string, p artifact.Program, parent pulumi.ResourceOption) (uri pulumi.StringOutput, err error)
}

// Options of all functions of a driver.
type Options struct {
	// Project is the ID of the project, Region where the functions run, such as
	// "europe-west1".
	Project, Region string
	// Images makes functions' images, for linux/amd64: Cloud Run runs no other
	// (container runtime contract). They are in the same project, whose Cloud
	// Run then may pull them.
	Images Images
	// CallsPerInstance is how many calls one instance answers at a time; 0: 1,
	// as handlers count on it, with memory and a processor of their own. More
	// only if every program's handler bears it: fewer instances then serve as
	// many calls, and a function's concurrency is rounded up to a multiple.
	CallsPerInstance int
	// SecondGeneration runs functions in a whole Linux rather than in a sandbox
	// that starts faster, and with more memory at least.
	// Source: https://cloud.google.com/run/docs/about-execution-environments
	SecondGeneration bool
	// Account is what the functions run as; nil: a service account of each
	// function's own. For those who need it before the function.
	Account *serviceaccount.Account
	// Internal lets in only what comes from the project's own networks, from
	// its Pub/Sub and its Cloud Scheduler: `spotgrid invoke` then works inside
	// of them only. Without it IAM alone decides who calls.
	// Source: https://cloud.google.com/run/docs/securing/ingress
	Internal bool
	// Public lets everybody call the functions, without saying who they are.
	Public bool
	// KMSKeyName is a key to encrypt images with where they run, as
	// projects/P/locations/L/keyRings/R/cryptoKeys/K; nil: Google encrypts with
	// keys of its own, at no cost. The service agent of Cloud Run must be
	// allowed to encrypt and decrypt with it before the first function is made:
	// the grant belongs where the key is declared.
	// Source: https://cloud.google.com/run/docs/securing/using-cmek
	KMSKeyName pulumi.StringInput
	// SourceQueue says what a function's subscription takes over from the queue
	// that calls it. Nil: no queue calls functions.
	SourceQueue func(s function.Source) (Queue, error)
	// Labels go on everything that can carry labels.
	Labels map[string]string
}

// Queue is what a subscription that pushes to a function needs of its queue:
// messages are sent to a topic, and how often and for how long they are
// delivered is the subscription's business. The topic should have no other
// subscription, which would keep a copy of every message.
type Queue struct {
	// Topic and DeadLetterTopic are paths, projects/P/topics/T.
	Topic, DeadLetterTopic pulumi.StringInput
	// ServiceAgent is the member that Pub/Sub itself acts as. It may publish to
	// the dead-letter topic already; taking dead letters out of the
	// subscription it is granted here.
	ServiceAgent pulumi.StringInput
	// MaxDeliveries is how often a message is delivered before it goes to the
	// dead-letter topic: 5..100. Calls that found all instances busy count.
	MaxDeliveries int
	// RetentionHours is how long a message is kept that is not done.
	RetentionHours int
	// Subscription is what the subscription is named, if others have to know
	// it; nil: Pulumi names it.
	Subscription pulumi.StringPtrInput
}

// Resources are what a function is made of, for grants, alarms and dashboards.
type Resources struct {
	Service *cloudrunv2.Service
	// Account is what the function runs as. It has no role but those that
	// others grant to its member.
	Account *serviceaccount.Account
	// Caller is what queues and the clock call as; nil: neither calls.
	Caller *serviceaccount.Account
}

// Driver builds functions on Cloud Run.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ function.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from function.New.
func New(o Options) *Driver {
	if o.CallsPerInstance == 0 {
		o.CallsPerInstance = 1
	}
	return &Driver{options: o, built: map[string]*Resources{}}
}

// Target implements function.Driver.
func (*Driver) Target() string { return "gcp" }

// Built returns what the function of that name is made of, once it is declared.
func (d *Driver) Built(name string) (*Resources, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.built[name]
	return r, ok
}

func (d *Driver) keep(name string, r *Resources) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.built[name] = r
}

// GrantCall lets a member, such as serviceAccount:EMAIL, call the function of
// that name, and no other one. The grant is registered as resource.
func (d *Driver) GrantCall(ctx *pulumi.Context, resource, function string, member pulumi.StringInput, parent pulumi.ResourceOption) error {
	r, ok := d.Built(function)
	if !ok {
		return fmt.Errorf("granting calls of function %q: it is not declared yet", function)
	}
	_, err := d.letCall(ctx, resource, r.Service, member, parent)
	return err
}
