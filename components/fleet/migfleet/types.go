package migfleet

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
)

// DefaultTypes have two vCPUs and 8 or 16 GiB, by architecture, in the order in
// which to try them. They are of several families, whose capacities run dry
// independently; of Arm there are few.
var DefaultTypes = map[string][]string{
	"arm64": {"c4a-standard-2", "n4a-standard-2", "t2a-standard-2", "c4a-highmem-2", "n4a-highmem-2"},
	"amd64": {"n4d-standard-2", "t2d-standard-2", "n2d-standard-2", "e2-standard-2", "n4-standard-2", "n2-standard-2", "c4d-standard-2"},
}

// maxDefaultRanks bounds how many of them a fleet takes: each is a group to
// look after.
const maxDefaultRanks = 4

// defaultRanks are those that the region has; the first ones where the table
// does not know the region.
func (d *Driver) defaultRanks() []Rank {
	var ranks []Rank
	for _, name := range DefaultTypes[d.options.Architecture] {
		m, ok := d.table.Lookup(name)
		if ok && d.knowsRegion() && !m.In(d.options.Region) || len(ranks) == maxDefaultRanks {
			continue
		}
		ranks = append(ranks, Rank{MachineType: name})
	}
	return ranks
}

func (d *Driver) knowsRegion() bool { return len(d.table.Zones(d.options.Region)) > 0 }

// zones are those of the rank, in order.
func (d *Driver) zones(r Rank) []string {
	zones := r.Zones
	if zones == nil {
		zones = d.options.Zones
	}
	return slices.Sorted(slices.Values(zones))
}

func (d *Driver) checkRanks(f *limits.Faults) {
	if len(d.options.Ranks) == 0 {
		f.Addf("there are no types of machines, and by the table of %s none of the usual ones for %s in %s", d.table.AsOf, d.options.Architecture, d.options.Region)
	}
	for i, r := range d.options.Ranks {
		same := func(other Rank) bool {
			return other.MachineType == r.MachineType && slices.Equal(d.zones(other), d.zones(r))
		}
		if slices.ContainsFunc(d.options.Ranks[:i], same) {
			f.Addf("type %q is there twice for the same zones", r.MachineType)
			continue
		}
		d.checkType(f, r.MachineType)
		d.checkZones(f, r.Zones)
	}
	if len(d.options.Zones) == 0 {
		f.Addf("no zones are given, and the table of %s has none of region %q", d.table.AsOf, d.options.Region)
	}
	d.checkZones(f, d.options.Zones)
}

func (d *Driver) checkType(f *limits.Faults, name string) {
	m, ok := d.table.Lookup(name)
	if !ok {
		if !d.options.AllowUnknownTypes {
			f.Add(d.table.Unknown(name))
		} else if !typePattern.MatchString(name) {
			f.Addf("type is %q, want one such as c4a-standard-2", name)
		}
		return
	}
	if m.Architecture != d.options.Architecture {
		f.Addf("type %q is of architecture %s, want %s", name, m.Architecture, d.options.Architecture)
	}
	if d.knowsRegion() && !m.In(d.options.Region) {
		f.Addf("type %q is not offered in %s, by the table of %s", name, d.options.Region, d.table.AsOf)
	}
}

func (d *Driver) checkZones(f *limits.Faults, zones []string) {
	known := d.table.Zones(d.options.Region)
	for i, zone := range zones {
		gcpvalue.CheckZone(f, d.options.Region, zone)
		if len(known) > 0 && strings.HasPrefix(zone, d.options.Region+"-") && !slices.Contains(known, zone) {
			f.Addf("region %s has no zone %q, by the table of %s, but %s", d.options.Region, zone, d.table.AsOf, strings.Join(known, ", "))
		}
		if slices.Contains(zones[:i], zone) {
			f.Addf("zone %q is there twice", zone)
		}
	}
}

var (
	typePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	generation  = regexp.MustCompile(`^[a-z]+([0-9])`)
)

// diskType is the balanced one that a type takes: families of the fourth
// generation and later ones take Hyperdisk only, those before take Persistent
// Disk (Compute Engine, machine families resource and comparison guide, disk
// types).
func diskType(machineType string) string {
	if g := generation.FindStringSubmatch(machineType); g != nil && g[1] >= "4" {
		return "hyperdisk-balanced"
	}
	return "pd-balanced"
}
