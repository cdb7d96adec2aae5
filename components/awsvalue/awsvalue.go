// Package awsvalue makes and checks values that several services of AWS take
// alike.
package awsvalue

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
)

// logDays are what CloudWatch Logs takes (API reference, PutRetentionPolicy).
var logDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// CheckLogDays notes a retention that CloudWatch Logs would refuse.
func CheckLogDays(f *limits.Faults, field string, days int) {
	if !slices.Contains(logDays, days) {
		f.Addf("%s is %d, want one of %d", field, days, logDays)
	}
}

var regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)

// CheckRegion notes what is no region, and those in China, whose endpoints and
// ARNs go by other names.
func CheckRegion(f *limits.Faults, region string) {
	if !regionPattern.MatchString(region) || strings.HasPrefix(region, "cn-") {
		f.Addf("region is %q, want one such as eu-west-1, outside China", region)
	}
}

// Tags are the user's and a name for the console, which shows no other.
func Tags(users map[string]string, name string) map[string]string {
	tags := maps.Clone(users)
	if tags == nil {
		tags = map[string]string{}
	}
	tags["Name"] = name
	return tags
}

// TagMap is Tags for a resource.
func TagMap(users map[string]string, name string) pulumi.StringMap {
	return pulumi.ToStringMap(Tags(users, name))
}
