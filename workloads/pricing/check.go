package pricing

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Check returns every fault of the table, joined, or nil.
func (t *Table) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !validPeriod(t.AsOf) {
		bad(`as_of is %q, want a day such as "2026-01-31" or two of them, "first/last"`, t.AsOf)
	}
	if len(t.Machines) == 0 {
		bad("machines is empty, want at least one")
	}
	clouds, seen := map[string]bool{}, map[string]bool{}
	for i, m := range t.Machines {
		clouds[m.Cloud] = true
		name := fmt.Sprintf("machines[%d] (%s %s in %s)", i, m.Cloud, m.Type, m.Region)
		errs = append(errs, m.check(name)...)
		if key := m.Cloud + " " + m.Type; seen[key] {
			bad("%s is there twice, want each type once", name)
		} else {
			seen[key] = true
		}
	}
	errs = append(errs, t.checkSources(clouds)...)
	for _, cloud := range slices.Sorted(maps.Keys(clouds)) {
		if _, ok := t.machine(cloud, t.References[cloud]); !ok {
			bad("references[%q] is %q, want a type of that cloud in machines", cloud, t.References[cloud])
		}
	}
	for _, cloud := range slices.Sorted(maps.Keys(t.References)) {
		if !clouds[cloud] {
			bad("references has %q, of which there is no machine", cloud)
		}
	}
	return errors.Join(errs...)
}

// check returns every fault of one machine.
func (m Machine) check(name string) []error {
	var errs []error
	for field, value := range map[string]string{"cloud": m.Cloud, "type": m.Type, "region": m.Region} {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s: %s is empty", name, field))
		}
	}
	if m.VCPUs < 1 {
		errs = append(errs, fmt.Errorf("%s: vcpus is %d, want 1 or more", name, m.VCPUs))
	}
	for field, value := range map[string]float64{
		"memory_gib": m.MemoryGiB, "on_demand_hourly_usd": m.OnDemandHourlyUSD, "spot_hourly_usd": m.SpotHourlyUSD,
	} {
		if !(value > 0) || math.IsInf(value, 0) {
			errs = append(errs, fmt.Errorf("%s: %s is %v, want more than 0", name, field, value))
		}
	}
	if m.SpotHourlyUSD > m.OnDemandHourlyUSD {
		errs = append(errs, fmt.Errorf("%s: spot_hourly_usd is %v, want at most on_demand_hourly_usd, %v", name, m.SpotHourlyUSD, m.OnDemandHourlyUSD))
	}
	errs = append(errs, m.checkBand(name)...)
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// checkBand finds faults of what was seen of spot prices. Neither bound is known
// where both are 0.
func (m Machine) checkBand(name string) []error {
	low, high := m.SpotLowHourlyUSD, m.SpotHighHourlyUSD
	if low == 0 && high == 0 {
		return nil
	}
	var errs []error
	if !(low > 0 && low <= m.SpotHourlyUSD) {
		errs = append(errs, fmt.Errorf("%s: spot_low_hourly_usd is %v, want more than 0 and at most spot_hourly_usd, %v", name, low, m.SpotHourlyUSD))
	}
	if !(high >= m.SpotHourlyUSD) || math.IsInf(high, 0) {
		errs = append(errs, fmt.Errorf("%s: spot_high_hourly_usd is %v, want spot_hourly_usd, %v, or more", name, high, m.SpotHourlyUSD))
	}
	return errs
}

// checkSources sees to it that each cloud has one source.
func (t *Table) checkSources(clouds map[string]bool) []error {
	var errs []error
	found := map[string]int{}
	for i, s := range t.Sources {
		found[s.Cloud]++
		if s.URL == "" || s.Version == "" || s.Method == "" || s.Dating == "" {
			errs = append(errs, fmt.Errorf("sources[%d] (%s) wants url, version, method and dating", i, s.Cloud))
		}
	}
	for _, cloud := range slices.Sorted(maps.Keys(clouds)) {
		if n := found[cloud]; n != 1 {
			errs = append(errs, fmt.Errorf("sources has %d entries for cloud %q, want 1", n, cloud))
		}
	}
	return errs
}

// validPeriod reports whether s is a day or two days in order.
func validPeriod(s string) bool {
	first, last, isPeriod := strings.Cut(s, "/")
	from, err := time.Parse(time.DateOnly, first)
	if err != nil || !isPeriod {
		return err == nil
	}
	to, err := time.Parse(time.DateOnly, last)
	return err == nil && !to.Before(from)
}
