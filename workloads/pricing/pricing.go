// Package pricing says what computing costs on machines that fleets use, by a
// small dated table of public list and spot prices. It tells orders of
// magnitude: spot prices move daily, and disks, traffic and taxes are left
// out.
package pricing

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/job"
)

//go:embed prices.json
var prices []byte

// Table is a dated list of prices.
type Table struct {
	// AsOf is when the prices held, in ISO 8601: a day, or "first/last" where
	// all that is known is that the day lies between two others.
	AsOf string `json:"as_of"`
	// Sources of the prices, one for each cloud.
	Sources []Source `json:"sources"`
	// References names, for each cloud, the machine type to quote where only
	// one can be.
	References map[string]string `json:"references"`
	Machines   []Machine         `json:"machines"`
}

// Source is where the prices of a cloud were found.
type Source struct {
	Cloud string `json:"cloud"`
	URL   string `json:"url"`
	// Version of what the URL shows, such as a commit.
	Version string `json:"version"`
	// Method says which of several prices was taken.
	Method string `json:"method"`
	// Dating says how AsOf is known.
	Dating string `json:"dating"`
}

// Machine is a machine type in one region.
type Machine struct {
	// Cloud is "aws" or "gcp".
	Cloud     string  `json:"cloud"`
	Type      string  `json:"type"`
	Region    string  `json:"region"`
	VCPUs     int     `json:"vcpus"`
	MemoryGiB float64 `json:"memory_gib"`
	// OnDemandHourlyUSD and SpotHourlyUSD are for the whole machine.
	OnDemandHourlyUSD float64 `json:"on_demand_hourly_usd"`
	SpotHourlyUSD     float64 `json:"spot_hourly_usd"`
	// SpotLowHourlyUSD and SpotHighHourlyUSD are the least and the most that was
	// seen; 0 where that is not known, see SpotBand.
	SpotLowHourlyUSD  float64 `json:"spot_low_hourly_usd,omitempty"`
	SpotHighHourlyUSD float64 `json:"spot_high_hourly_usd,omitempty"`
	// Sources are the IDs of a book's sources; a Table has one for each cloud.
	Sources []string `json:"sources,omitempty"`
}

// Default is the table built into the program. Callers must not change it.
func Default() (*Table, error) { return parseDefault() }

var parseDefault = sync.OnceValues(func() (*Table, error) { return Parse(prices) })

// Parse reads a table strictly. The error lists every fault.
func Parse(b []byte) (*Table, error) {
	var t Table
	if err := job.DecodeStrict(b, &t); err != nil {
		return nil, fmt.Errorf("decoding price table: %w", err)
	}
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("checking price table: %w", err)
	}
	return &t, nil
}

// Reference is the machine type to quote for a cloud. The error names the
// clouds there are.
func (t *Table) Reference(cloud string) (Machine, error) {
	if m, ok := t.machine(cloud, t.References[cloud]); ok {
		return m, nil
	}
	clouds := slices.Sorted(maps.Keys(t.References))
	return Machine{}, fmt.Errorf("no prices for cloud %q, want one of %s", cloud, strings.Join(clouds, ", "))
}

func (t *Table) machine(cloud, machineType string) (Machine, bool) {
	i := slices.IndexFunc(t.Machines, func(m Machine) bool { return m.Cloud == cloud && m.Type == machineType })
	if i < 0 {
		return Machine{}, false
	}
	return t.Machines[i], true
}

// SpotCostUSD is what vCPU-seconds cost at the spot price, in US dollars: each
// is charged as its share of the machine, which is right for a machine that
// is kept busy.
func (m Machine) SpotCostUSD(vCPUSeconds float64) float64 {
	return m.shareUSD(m.SpotHourlyUSD, vCPUSeconds)
}

// OnDemandCostUSD is the same at the on-demand price.
func (m Machine) OnDemandCostUSD(vCPUSeconds float64) float64 {
	return m.shareUSD(m.OnDemandHourlyUSD, vCPUSeconds)
}

func (m Machine) shareUSD(hourlyUSD, vCPUSeconds float64) float64 {
	const secondsPerHour = 3600
	return hourlyUSD * vCPUSeconds / secondsPerHour / float64(m.VCPUs)
}
