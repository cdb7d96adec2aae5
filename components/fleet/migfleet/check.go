package migfleet

import (
	"maps"
	"regexp"
	"slices"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
)

var (
	// projectPattern is Resource Manager's (API reference, Project).
	projectPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
	imagePattern   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	variable       = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

const (
	// maxRunHours is ours; Compute Engine takes 120 days (Compute Engine, limit
	// the run time of a VM).
	maxRunHours = 90 * 24
	// maxLogDays is Cloud Logging's (Cloud Logging, quotas and limits).
	maxLogDays = 3650
	// maxLabels leaves room for the fleet's own.
	maxLabels = 60
)

// Check implements fleet.Driver.
func (d *Driver) Check(a fleet.Args) error {
	var f limits.Faults
	if a.IdleSeconds < 1 {
		f.Addf("idleSeconds is %d, want 1 or more: machines of this fleet leave by themselves when they are idle", a.IdleSeconds)
	}
	o := d.options
	if !projectPattern.MatchString(o.Project) {
		f.Addf("project is %q, want the ID of one: 6..30 of a-z, 0-9 and -, a letter first", o.Project)
	}
	gcpvalue.CheckRegion(&f, o.Region)
	if DefaultTypes[o.Architecture] == nil {
		f.Addf("architecture is %q, want arm64 or amd64", o.Architecture)
	} else {
		d.checkRanks(&f)
		d.checkImage(&f)
	}
	d.checkGiven(&f)
	f.Between("onDemandBase", o.OnDemandBase, 0, 1000)
	f.Between("rootGib", o.RootGiB, 10, 1024)
	f.Between("maxRunHours", o.MaxRunHours, 1, maxRunHours)
	f.Between("logDays", o.LogDays, 0, maxLogDays)
	gcpvalue.CheckLabels(&f, o.Labels)
	if len(o.Labels) > maxLabels {
		f.Addf("there are %d labels, want %d at most, since the fleet has some of its own", len(o.Labels), maxLabels)
	}
	d.checkAutoscaler(&f)
	checkEnvironment(&f, a)
	return f.Err()
}

func (d *Driver) checkImage(f *limits.Faults) {
	o := d.options
	if !imagePattern.MatchString(o.ImageFamily) || !projectPattern.MatchString(o.ImageProject) {
		f.Addf("image is of family %q in project %q, want both or neither, such as debian-13 in debian-cloud", o.ImageFamily, o.ImageProject)
	}
}

// checkGiven looks at what machines are put in and given.
func (d *Driver) checkGiven(f *limits.Faults) {
	o := d.options
	for _, need := range []struct {
		missing bool
		what    string
	}{
		{o.SubnetID == nil, "subnet"}, {o.Store == nil, "store of programs"}, {o.Grants == nil, "grants"}, {o.Mount == nil, "mount"},
	} {
		if need.missing {
			f.Addf("no %s is given", need.what)
		}
	}
}

// checkAutoscaler refuses what Compute Engine's autoscaler cannot do: share one
// metric among groups, or follow it in a group of a region.
func (d *Driver) checkAutoscaler(f *limits.Faults) {
	o := d.options
	if !o.NativeAutoscaler {
		return
	}
	if !o.AllowBeta {
		f.Addf("native autoscaler follows a metric by properties that this release of the provider does not know (filter and singleInstanceAssignment): leave it to the grid's scaler, or allow beta")
	}
	if len(o.Ranks) != 1 || len(d.zones(o.Ranks[0])) != 1 || o.OnDemandBase != 0 {
		f.Addf("native autoscaler follows the queue with one group, want one type in one zone and nothing on demand")
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
