// Package awswatch builds watches on AWS: CloudWatch alarms, rules of EventBridge
// for what AWS Health says, a budget and a cost anomaly monitor, all of which tell
// one SNS topic. What Health says is also kept in a log group, for whoever looks
// later and for programs.
package awswatch

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/watch"
)

// Options of all watches of a driver.
type Options struct {
	Region string
	// AccountID is the account that the watch is in: who tells the topic has to be
	// of it.
	AccountID pulumi.StringInput
	// KMSKeyARN is a key to encrypt notices with, which CloudWatch, EventBridge and
	// Budgets must be allowed to use: the grant belongs where the key is declared.
	// Nil: SNS encrypts with keys of its own where it stores them.
	KMSKeyARN pulumi.StringInput
	// LogDays is how long notices are kept, as CloudWatch Logs takes it.
	LogDays int
	// WithoutMoney leaves out budget and anomaly monitor, which emulators do not
	// have.
	WithoutMoney bool
	// Tags go on everything that can carry tags.
	Tags map[string]string
}

// Driver builds watches on AWS.
type Driver struct{ options Options }

var _ watch.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from watch.New.
func New(o Options) *Driver { return &Driver{o} }

// Target implements watch.Driver.
func (*Driver) Target() string { return "aws" }

// Check implements watch.Driver.
func (d *Driver) Check(watch.Args) error {
	var f limits.Faults
	awsvalue.CheckRegion(&f, d.options.Region)
	awsvalue.CheckLogDays(&f, "logDays", d.options.LogDays)
	if d.options.AccountID == nil {
		f.Addf("no account is given")
	}
	return f.Err()
}

// Services are those that tell the topic, and have to be let use its key.
var Services = []string{
	"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com",
}
