// Package machinetype knows which types of machines a cloud has, by a dated
// table of public data. It answers without a network, so that a misspelt type
// or zone is refused before anything is declared. What it does not know may be
// newer than the table.
package machinetype

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Machine is a type of machine.
type Machine struct {
	Type         string // such as "c7g.large" or "c4a-standard-2"
	Architecture string // "arm64" or "amd64"
	VCPUs        int
	MemoryGiB    float64
	// Regions that have it, in order. Which zones do is not known: AWS names
	// the zones of its older regions differently for each account, and the list
	// for Google Cloud names none.
	Regions []string
}

// In says whether the region has the type.
func (m Machine) In(region string) bool { return slices.Contains(m.Regions, region) }

// Table is a dated list of types.
type Table struct {
	// AsOf is when it held: a day in ISO 8601.
	AsOf string
	// Source is where it is from, Version which edition of it.
	Source, Version string

	machines map[string]Machine
	zones    map[string][]string
}

// AWS is EC2's table: types that are also offered as spot, of the families that
// compute, but no bare metal and none with CPU credits. Callers must not
// change it.
func AWS() *Table { return parseAWS() }

// GCP is Compute Engine's table: types that are also offered as Spot, of the
// families that compute, but no bare metal and none that share cores. Callers
// must not change it.
func GCP() *Table { return parseGCP() }

// Lookup finds a type by its name.
func (t *Table) Lookup(name string) (Machine, bool) {
	m, ok := t.machines[name]
	return m, ok
}

// Regions that the table knows, in order.
func (t *Table) Regions() []string { return slices.Sorted(maps.Keys(t.zones)) }

// Zones of a region, in order, such as "eu-west-1a" or "europe-west1-b"; none
// if the table does not know the region. AWS's are those that one account sees:
// another may see, in a few old regions, a letter that is not here, such as
// us-west-1c.
func (t *Table) Zones(region string) []string { return slices.Clone(t.zones[region]) }

// Select lists the types that a test holds for, by name.
func (t *Table) Select(holds func(Machine) bool) []Machine {
	var found []Machine
	for _, name := range slices.Sorted(maps.Keys(t.machines)) {
		if m := t.machines[name]; holds(m) {
			found = append(found, m)
		}
	}
	return found
}

// near is how many names Unknown offers.
const near = 3

// Unknown is the error for a type that Lookup does not find. It names the
// table's day and the types whose names are nearest.
func (t *Table) Unknown(name string) error {
	type match struct {
		name  string
		edits int
	}
	var all []match
	for candidate := range t.machines {
		all = append(all, match{candidate, distance(name, candidate)})
	}
	slices.SortFunc(all, func(a, b match) int { return cmp.Or(cmp.Compare(a.edits, b.edits), strings.Compare(a.name, b.name)) })
	var names []string
	for _, m := range all[:min(near, len(all))] {
		names = append(names, m.name)
	}
	return fmt.Errorf("type %q is not in the table of %s, which has %s", name, t.AsOf, strings.Join(names, ", "))
}

// distance is how many letters have to be put in, taken out or changed to make
// b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
