// Package gcpvalue checks values that several services of Google Cloud take
// alike.
package gcpvalue

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/limits"
)

// maxLabels is how many a resource takes (Resource Manager, labels overview).
const maxLabels = 64

var (
	regionPattern = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)
	letterPattern = regexp.MustCompile(`^[a-z]$`)
	// A label's key and value (Resource Manager, labels overview). It takes
	// letters of other scripts too, which not every service does.
	keyPattern   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	valuePattern = regexp.MustCompile(`^[a-z0-9_-]{0,63}$`)
)

// CheckRegion notes what is no region.
func CheckRegion(f *limits.Faults, region string) {
	if !regionPattern.MatchString(region) {
		f.Addf("region is %q, want one such as europe-west1", region)
	}
}

// CheckZone notes what is no zone of the region: its name is the region's, a
// hyphen and a letter (Compute Engine, regions and zones).
func CheckZone(f *limits.Faults, region, zone string) {
	letter, ok := strings.CutPrefix(zone, region+"-")
	if !ok || !letterPattern.MatchString(letter) {
		f.Addf("zone is %q, want one of region %q: %s-b and so on", zone, region, region)
	}
}

// CheckLabels notes labels that Google Cloud would refuse.
func CheckLabels(f *limits.Faults, labels map[string]string) {
	if n := len(labels); n > maxLabels {
		f.Addf("there are %d labels, want %d at most", n, maxLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if !keyPattern.MatchString(key) {
			f.Addf("label %q: the key wants 1..63 of a-z, 0-9, _ and -, a letter first", key)
		}
		if value := labels[key]; !valuePattern.MatchString(value) {
			f.Addf("label %q is %q, want 63 at most of a-z, 0-9, _ and -", key, value)
		}
	}
}

// Label makes a value that labels take of any text, such as a mail address:
// letters become lower case, what is none of a-z, 0-9, _ and - becomes _, and it
// ends after 63 characters.
func Label(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if b.Len() == maxLabelBytes {
			break
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	return b.String()
}

// maxLabelBytes is that of a value (Resource Manager, labels overview).
const maxLabelBytes = 63
