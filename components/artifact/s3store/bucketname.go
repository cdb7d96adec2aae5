package s3store

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spotgrid/spotgrid/components/limits"
)

// What S3 takes as a bucket's name, and what it keeps for itself (user guide,
// general purpose bucket naming rules). It takes dots too, which are left out
// here: the certificate of BUCKET.s3.REGION.amazonaws.com covers no name with a
// dot, and nothing here goes without TLS.
var (
	bucketName       = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", "--x-s3", "--table-s3"}
)

// checkBucket reports every rule that a name breaks.
func checkBucket(name string) error {
	var f limits.Faults
	if !bucketName.MatchString(name) {
		f.Addf("bucket is %q, want 3..63 of a-z, 0-9 and hyphens, a letter or digit first and last", name)
	}
	for _, p := range reservedPrefixes {
		if strings.HasPrefix(name, p) {
			f.Addf("bucket is %q, but S3 keeps names that start with %s for itself", name, p)
		}
	}
	for _, s := range reservedSuffixes {
		if strings.HasSuffix(name, s) {
			f.Addf("bucket is %q, but S3 keeps names that end with %s for itself", name, s)
		}
	}
	return f.Err()
}

// bucketOf is the name in a bucket's ARN.
func bucketOf(arn string) (string, error) {
	part := strings.Split(arn, ":") // arn:PARTITION:s3:::BUCKET
	if len(part) != 6 || part[2] != "s3" || part[5] == "" {
		return "", fmt.Errorf("reading bucket's ARN %q: want arn:PARTITION:s3:::BUCKET", arn)
	}
	return part[5], nil
}
