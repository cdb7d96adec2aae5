// Package s3store keeps programs in a private, versioned bucket on Amazon S3.
package s3store

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/limits"
)

const (
	// defaultNoncurrentDays is long enough to notice that a program is missing
	// and to bring it back.
	defaultNoncurrentDays = 30
	// abortDays is how long the parts of an upload that was never completed
	// stay: no upload of a program takes a day.
	abortDays = 1
	// maxObjectTags is S3's own limit (user guide, object tagging).
	maxObjectTags = 10
)

// Options of all stores of a driver.
//
// There is none for access logging: only the stack's owner writes, and who
// reads is in the grid's own logs. Who wants every read recorded lets
// CloudTrail record the bucket's data events, for which nothing here changes.
type Options struct {
	// Region the bucket is in, such as eu-west-1.
	Region string
	// Bucket is its name, which nobody else in the partition may have; "": a
	// unique one is made. A driver with a name builds one store.
	Bucket string
	// KMSKeyARN is a key to encrypt with, as an ARN since grants name it; nil:
	// S3 encrypts with keys of its own, at no cost.
	KMSKeyARN pulumi.StringInput
	// ForceDestroy lets a destroy delete the bucket with what is in it: for
	// stacks that come and go. Without it, a bucket that holds more than the
	// stack's own programs is not deleted, and the destroy fails.
	ForceDestroy bool
	// NoncurrentDays is how long a program can be brought back that somebody
	// deleted or wrote over behind the stack's back, in days: 1..365; 0: 30.
	// Of one that the stack itself replaced nothing is kept.
	NoncurrentDays int
	// WithoutPolicy leaves the bucket without its policy, so that it answers
	// without TLS too. Only for emulators that are called without.
	WithoutPolicy bool
	// Tags go on the bucket and on every program in it: 10 at most.
	Tags map[string]string
}

// Driver keeps programs on S3.
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
func (*Driver) Target() string { return "aws" }

var region = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)

// Check implements artifact.Driver.
func (d *Driver) Check() error {
	var f limits.Faults
	if !region.MatchString(d.options.Region) {
		f.Addf("region is %q, want one such as eu-west-1", d.options.Region)
	}
	if d.options.Bucket != "" {
		f.Add(checkBucket(d.options.Bucket))
	}
	f.Between("noncurrentDays", d.options.NoncurrentDays, 1, 365)
	if n := len(d.options.Tags); n > maxObjectTags {
		f.Addf("there are %d tags, want %d at most: S3 takes no more on an object", n, maxObjectTags)
	}
	return f.Err()
}
