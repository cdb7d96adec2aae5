// Package gcsstore keeps programs in a private, versioned bucket on Google
// Cloud Storage.
package gcsstore

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
)

const (
	// defaultNoncurrentDays is long enough to notice that a program is missing
	// and to bring it back.
	defaultNoncurrentDays = 30
	// abortDays is how long the parts of an upload that was never completed
	// stay: no upload of a program takes a day.
	abortDays = 1
)

// Options of all stores of a driver.
//
// There is none for access logging: only the stack's owner writes, and who
// reads is in the grid's own logs. Who wants every read recorded switches on
// the project's data access audit logs, for which nothing here changes. Nor is
// there one for TLS: a program is fetched through Google's API with a token,
// which clients send by TLS only, and nothing in the bucket is public.
type Options struct {
	// Region the bucket is in, such as europe-west1.
	Region string
	// Bucket is its name, which nobody else in the world may have; "": a unique
	// one is made. A driver with a name builds one store.
	Bucket string
	// KMSKeyName is a key to encrypt with, projects/P/locations/L/keyRings/R/
	// cryptoKeys/K, which the project's Cloud Storage service agent must be
	// allowed to use (Cloud Storage, customer-managed encryption keys); nil:
	// Google's own, at no cost. Readers need no right on it.
	KMSKeyName pulumi.StringInput
	// ForceDestroy lets a destroy delete the bucket with what is in it: for
	// stacks that come and go. Without it, a destroy fails for as long as a
	// version is kept of any program that was ever there: the stack deletes its
	// programs, and the versions that this leaves go after NoncurrentDays.
	ForceDestroy bool
	// NoncurrentDays is how long a program can be brought back that was deleted
	// or written over, in days: 1..365; 0: 30. Those that the stack replaced are
	// among them.
	NoncurrentDays int
	// Labels go on the bucket. Objects carry none.
	Labels map[string]string
}

// Driver keeps programs on Cloud Storage.
type Driver struct{ options Options }

var _ artifact.Driver = (*Driver)(nil)

// New makes a driver.
func New(o Options) *Driver {
	if o.NoncurrentDays == 0 {
		o.NoncurrentDays = defaultNoncurrentDays
	}
	return &Driver{o}
}

// Target implements artifact.Driver.
func (*Driver) Target() string { return "gcp" }

// Check implements artifact.Driver.
func (d *Driver) Check() error {
	var f limits.Faults
	gcpvalue.CheckRegion(&f, d.options.Region)
	if d.options.Bucket != "" {
		f.Add(checkBucket(d.options.Bucket))
	}
	f.Between("noncurrentDays", d.options.NoncurrentDays, 1, 365)
	gcpvalue.CheckLabels(&f, d.options.Labels)
	return f.Err()
}
