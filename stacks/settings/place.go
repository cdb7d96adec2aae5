package settings

import (
	"maps"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/machinetype"
)

// place checks a region and its zones against a cloud's table.
func (l *loader) place(key, region string, zones []string, table *machinetype.Table, such string) {
	known := table.Zones(region)
	switch {
	case region == "":
		l.addf("%s.region is not set, want one such as %s", key, such)
	case len(known) == 0:
		l.addf("%s.region is %q, want one of %s", key, region, strings.Join(table.Regions(), ", "))
	}
	if len(zones) == 0 {
		l.addf("%s.zones is empty, want two or more of the region's: %s", key, strings.Join(known, ", "))
	}
	for _, zone := range zones {
		if len(known) > 0 && !slices.Contains(known, zone) {
			l.addf("%s.zones has %q, want zones of %s: %s", key, zone, region, strings.Join(known, ", "))
		}
	}
}

// fleetsOf refuses entries for fleets that are not there.
func (l *loader) fleetsOf(key string, names []string, s Settings) {
	for _, name := range names {
		if _, ok := s.Fleets[name]; !ok {
			l.addf("%s.%s is of no fleet, want one of %s", key, name, strings.Join(slices.Sorted(maps.Keys(s.Fleets)), ", "))
		}
	}
}
