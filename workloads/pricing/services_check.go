package pricing

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// unitSuffixes is how the name of an item ends, by its unit.
var unitSuffixes = map[string]string{
	"hour": "_hour", "month": "_month", "GB": "_gb", "GB-month": "_gb_month", "GB-second": "_gb_second", "million": "_million",
	"GiB": "_gib", "GiB-month": "_gib_month", "GiB-second": "_gib_second", "vCPU-second": "_vcpu_second",
}

// Check returns every fault of the book, joined, or nil.
func (b *Book) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(b.Prices) == 0 && len(b.Machines) == 0 {
		bad("prices is empty, want at least one of them or of machines")
	}
	used, seen := map[string]bool{}, map[string]bool{}
	for i, p := range b.Prices {
		name := fmt.Sprintf("prices[%d] (%s %s in %s)", i, p.Cloud, p.Item, p.Region)
		errs = append(errs, p.check(name)...)
		for _, id := range append([]string{p.Source}, p.Agree...) {
			used[id] = true
			if !slices.ContainsFunc(b.Sources, func(s BookSource) bool { return s.ID == id }) {
				bad("%s: source %q is not in sources", name, id)
			}
		}
		if key := p.Cloud + " " + p.Region + " " + p.Item; seen[key] {
			bad("%s is there twice, want each item once in a region", name)
		} else {
			seen[key] = true
		}
	}
	errs = append(errs, b.checkMachines(used)...)
	return errors.Join(append(errs, b.checkSources(used)...)...)
}

// checkMachines marks the sources that machines use.
func (b *Book) checkMachines(used map[string]bool) []error {
	var errs []error
	known, seen := map[string]bool{}, map[[3]string]bool{}
	for _, s := range b.Sources {
		known[s.ID] = true
	}
	for i, m := range b.Machines {
		name := fmt.Sprintf("machines[%d] (%s %s in %s)", i, m.Cloud, m.Type, m.Region)
		errs = append(errs, m.check(name)...)
		if len(m.Sources) == 0 {
			errs = append(errs, fmt.Errorf("%s: sources is empty", name))
		}
		for _, id := range m.Sources {
			used[id] = true
			if !known[id] {
				errs = append(errs, fmt.Errorf("%s: source %q is not in sources", name, id))
			}
		}
		key := [3]string{m.Cloud, m.Region, m.Type}
		if seen[key] {
			errs = append(errs, fmt.Errorf("%s is there twice, want each type once in a region", name))
		}
		seen[key] = true
	}
	return errs
}

// check returns every fault of one price.
func (p Price) check(name string) []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(name+": "+format, args...)) }
	for _, field := range []struct{ name, value string }{
		{"cloud", p.Cloud}, {"region", p.Region}, {"item", p.Item}, {"source", p.Source}, {"entry", p.Entry},
	} {
		if field.value == "" {
			bad("%s is empty", field.name)
		}
	}
	if !(p.USD >= 0) || math.IsInf(p.USD, 0) {
		bad("usd is %v, want 0 or more", p.USD)
	}
	if slices.Contains(p.Agree, p.Source) {
		bad("agree has %q, which is its source", p.Source)
	}
	switch suffix, known := unitSuffixes[p.Unit]; {
	case !known:
		bad("unit is %q, want one of %s", p.Unit, strings.Join(slices.Sorted(maps.Keys(unitSuffixes)), ", "))
	case longestSuffix(p.Item) != suffix:
		bad("unit is %q, want an item that ends with %s", p.Unit, suffix)
	}
	return errs
}

// longestSuffix is the unit that an item's name ends with: of "_month" and
// "_gb_month", the latter.
func longestSuffix(item string) string {
	longest := ""
	for _, s := range unitSuffixes {
		if strings.HasSuffix(item, s) && len(s) > len(longest) {
			longest = s
		}
	}
	return longest
}

// checkSources sees to it that each source can be looked up, and is needed.
func (b *Book) checkSources(used map[string]bool) []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	seen := map[string]bool{}
	for i, s := range b.Sources {
		name := fmt.Sprintf("sources[%d] (%s)", i, s.ID)
		if s.ID == "" || s.URL == "" || s.Version == "" || s.Method == "" || s.Dating == "" {
			bad("%s wants id, url, version, method and dating", name)
		}
		if !validPeriod(s.AsOf) {
			bad(`%s: as_of is %q, want a day such as "2026-01-31" or two of them, "first/last"`, name, s.AsOf)
		}
		if !used[s.ID] {
			bad("%s is the source of no price", name)
		}
		if seen[s.ID] {
			bad("%s is there twice, want each id once", name)
		}
		seen[s.ID] = true
	}
	return errs
}
