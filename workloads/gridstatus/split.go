package gridstatus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Split asks several clouds, each for the fleets that are there.
type Split struct {
	// Where is the cloud of each fleet, by the fleet's name.
	Where map[string]string
	// Drivers of the clouds, by name.
	Drivers map[string]FleetDriver
}

var _ FleetDriver = Split{}

// Fleets implements FleetDriver. What one cloud does not answer costs its own
// fleets only.
func (s Split) Fleets(ctx context.Context, groups map[string]string) ([]Fleet, error) {
	parts := map[string]map[string]string{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		cloud := s.Where[name]
		if s.Drivers[cloud] == nil {
			errs = append(errs, fmt.Errorf("fleet %q is in cloud %q, want one of %q", name, cloud, slices.Sorted(maps.Keys(s.Drivers))))
			continue
		}
		if parts[cloud] == nil {
			parts[cloud] = map[string]string{}
		}
		parts[cloud][name] = groups[name]
	}
	var all []Fleet
	for _, cloud := range slices.Sorted(maps.Keys(parts)) {
		fleets, err := s.Drivers[cloud].Fleets(ctx, parts[cloud])
		if err != nil {
			errs = append(errs, fmt.Errorf("on %s: %w", cloud, err))
		}
		all = append(all, fleets...)
	}
	slices.SortFunc(all, func(a, b Fleet) int { return cmp.Compare(a.Name, b.Name) })
	return all, errors.Join(errs...)
}
