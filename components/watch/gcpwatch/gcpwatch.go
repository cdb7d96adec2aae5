// Package gcpwatch builds watches on Google Cloud: alert policies of Cloud
// Monitoring on queues and on what happens to machines, and a budget. They tell
// people by mail, webhooks, and a topic on Pub/Sub whose subscription keeps what
// was said, for whoever looks later and for programs.
package gcpwatch

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/watch"
)

// Options of all watches of a driver.
type Options struct {
	// Project is the ID of the project, ProjectNumber the number of the same one.
	Project, ProjectNumber string
	// BillingAccount is the ID of the account that pays for the project, such as
	// 0X0X0X-0X0X0X-0X0X0X; "": there is no budget. It has to be one in US
	// dollars, and whoever deploys needs roles/billing.costsManager on it.
	BillingAccount string
	// KMSKeyName is a key to encrypt notices with, which Pub/Sub's service agent
	// must be allowed to use; nil: keys of Google's.
	KMSKeyName pulumi.StringInput
	// Protect makes `pulumi destroy` refuse to delete the notices that the topic
	// still keeps.
	Protect bool
	// Labels go on everything that can carry labels.
	Labels map[string]string
}

// Driver builds watches on Google Cloud.
type Driver struct{ options Options }

var _ watch.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from watch.New.
func New(o Options) *Driver { return &Driver{o} }

// Target implements watch.Driver.
func (*Driver) Target() string { return "gcp" }

var (
	accountPattern = regexp.MustCompile(`^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$`)
	numberPattern  = regexp.MustCompile(`^[1-9][0-9]*$`)
)

// Check implements watch.Driver.
func (d *Driver) Check(watch.Args) error {
	var f limits.Faults
	o := d.options
	if o.Project == "" {
		f.Addf("no project is given")
	}
	if !numberPattern.MatchString(o.ProjectNumber) {
		f.Addf("project number is %q, want the project's", o.ProjectNumber)
	}
	if o.BillingAccount != "" && !accountPattern.MatchString(o.BillingAccount) {
		f.Addf("billing account is %q, want one such as 01AB23-4567CD-89EF01", o.BillingAccount)
	}
	gcpvalue.CheckLabels(&f, o.Labels)
	return f.Err()
}
