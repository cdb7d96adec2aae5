package machinetype

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

var (
	//go:embed aws.json
	aws []byte
	//go:embed gcp.json
	gcp []byte
)

var parseAWS, parseGCP = parseOnce(aws), parseOnce(gcp)

// parseOnce panics over a table that cannot be read: it is part of the program,
// and a test reads it.
func parseOnce(b []byte) func() *Table {
	return sync.OnceValue(func() *Table {
		t, err := parse(b)
		if err != nil {
			panic(err)
		}
		return t
	})
}

// file is the table as it is kept.
type file struct {
	AsOf   string `json:"as_of"`
	Source source `json:"source"`
	// Separator between a family and a size in the name of a type; "": a dot.
	Separator string `json:"separator"`
	// Zones of each region, without the region's name in front.
	Zones    map[string][]string `json:"zones"`
	Families []family            `json:"families"`
}

type source struct {
	URL     string `json:"url"`
	Version string `json:"version"`
	License string `json:"license"`
	Files   string `json:"files"`
	// Method says which types were taken and how they are written.
	Method string `json:"method"`
	// Dating says how AsOf is known.
	Dating string `json:"dating"`
}

type family struct {
	Family       string `json:"family"`
	Architecture string `json:"architecture"`
	// Sizes by name: vCPUs and memory in GiB.
	Sizes   map[string][2]float64 `json:"sizes"`
	Regions []string              `json:"regions"`
}

// parse reads a table strictly. The error lists every fault.
func parse(b []byte) (*Table, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("decoding table of machine types: %w", err)
	}
	t := &Table{AsOf: f.AsOf, Source: f.Source.URL, Version: f.Source.Version, machines: map[string]Machine{}, zones: map[string][]string{}}
	for region, letters := range f.Zones {
		for _, letter := range letters {
			t.zones[region] = append(t.zones[region], region+letter)
		}
		slices.Sort(t.zones[region])
	}
	errs := []error{f.check()}
	for _, fam := range f.Families {
		errs = append(errs, t.add(fam, cmp.Or(f.Separator, ".")))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("reading table of machine types: %w", err)
	}
	return t, nil
}

func (f file) check() error {
	var errs []error
	if _, err := time.Parse(time.DateOnly, f.AsOf); err != nil {
		errs = append(errs, fmt.Errorf("as_of is %q, want a day such as 2026-01-31", f.AsOf))
	}
	if f.Source.URL == "" || f.Source.Version == "" {
		errs = append(errs, errors.New("source has no url or no version"))
	}
	if len(f.Families) == 0 {
		errs = append(errs, errors.New("families is empty"))
	}
	return errors.Join(errs...)
}

// add takes a family's sizes into the table.
func (t *Table) add(f family, separator string) error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("family %q: "+format, append([]any{f.Family}, args...)...))
	}
	if f.Architecture != "arm64" && f.Architecture != "amd64" {
		bad("architecture is %q, want arm64 or amd64", f.Architecture)
	}
	for _, region := range f.Regions {
		if t.zones[region] == nil {
			bad("region %q has no zones", region)
		}
	}
	for size, is := range f.Sizes {
		m := Machine{Type: f.Family + separator + size, Architecture: f.Architecture, VCPUs: int(is[0]), MemoryGiB: is[1], Regions: f.Regions}
		if _, twice := t.machines[m.Type]; twice {
			bad("size %q is there twice", size)
		}
		if m.VCPUs < 1 || float64(m.VCPUs) != is[0] || m.MemoryGiB <= 0 {
			bad("size %q is %v, want whole vCPUs and memory in GiB, above 0", size, is)
		}
		t.machines[m.Type] = m
	}
	return errors.Join(errs...)
}
