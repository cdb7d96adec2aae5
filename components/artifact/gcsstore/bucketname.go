package gcsstore

import (
	"regexp"
	"strings"

	"github.com/spotgrid/spotgrid/components/limits"
)

// bucketName is what Cloud Storage takes as a bucket's name (Cloud Storage,
// bucket naming requirements). It takes dots too, which are left out here: such
// a name is a domain, whose owner one has to be.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$`)

// checkBucket reports every rule that a name breaks.
func checkBucket(name string) error {
	var f limits.Faults
	if !bucketName.MatchString(name) {
		f.Addf("bucket is %q, want 3..63 of a-z, 0-9, _ and -, a letter or digit first and last", name)
	}
	if strings.HasPrefix(name, "goog") || strings.Contains(name, "google") {
		f.Addf("bucket is %q, but Google keeps names that start with goog or hold google for itself", name)
	}
	return f.Err()
}
