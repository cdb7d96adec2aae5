package asgfleet

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/limits"
)

var (
	// groupPattern is narrower than EC2's own, so that the name goes into URLs
	// and files as it is.
	groupPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)
	imagePattern = regexp.MustCompile(`^ami-[0-9a-f]{8,17}$`)
	variable     = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// Check implements fleet.Driver.
func (d *Driver) Check(a fleet.Args) error {
	var f limits.Faults
	o := d.options
	if DefaultTypes[o.Architecture] == nil {
		f.Addf("architecture is %q, want arm64 or amd64", o.Architecture)
	} else {
		d.checkTypes(&f)
	}
	d.checkPlace(&f)
	f.Between("onDemandBase", o.OnDemandBase, 0, 1000)
	f.Between("onDemandPercent", o.OnDemandPercent, 0, 100)
	f.Between("maxLifetimeDays", o.MaxLifetimeDays, 1, 365)
	f.Between("rootGib", o.RootGiB, 8, 1024)
	awsvalue.CheckLogDays(&f, "logDays", o.LogDays)
	if o.ImageID != "" && !imagePattern.MatchString(o.ImageID) {
		f.Addf("image is %q, want one such as ami-0123456789abcdef0", o.ImageID)
	}
	checkEnvironment(&f, a)
	return f.Err()
}

// checkPlace looks at what machines are put in and given.
func (d *Driver) checkPlace(f *limits.Faults) {
	o := d.options
	for _, need := range []struct {
		missing bool
		what    string
	}{
		{o.VPCID == nil, "vpc"}, {o.SecurityGroupID == nil, "security group"}, {len(o.Subnets) == 0, "subnet"},
		{o.Store == nil, "store of programs"}, {o.Grants == nil, "grants"}, {o.Mount == nil, "mount"},
	} {
		if need.missing {
			f.Addf("no %s is given", need.what)
		}
	}
	if o.Region == "" {
		f.Addf("no region is given, want one such as eu-west-1")
		return
	}
	for _, s := range o.Subnets {
		if letter, ok := strings.CutPrefix(s.Zone, o.Region); !ok || len(letter) != 1 {
			f.Addf("zone of a subnet is %q, want one of region %s", s.Zone, o.Region)
		}
	}
}

// checkEnvironment looks at the names; the values are known later.
func checkEnvironment(f *limits.Faults, a fleet.Args) {
	for _, name := range slices.Sorted(maps.Keys(a.Environment)) {
		switch {
		case !variable.MatchString(name):
			f.Addf("environment has %q, want a name of A-Z, 0-9 and _", name)
		case slices.Contains(ownVariables, name):
			f.Addf("environment has %s, which the fleet sets itself", name)
		}
	}
}
