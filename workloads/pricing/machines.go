package pricing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// machineColumns of machines.csv, in order. Sources are IDs, joined by +.
var machineColumns = []string{
	"cloud", "region", "type", "vcpus", "memory_gib", "on_demand_hourly_usd", "spot_hourly_usd",
	"spot_low_hourly_usd", "spot_high_hourly_usd", "sources",
}

// parseMachines reads machines.csv. The error lists every fault of form; what the
// numbers may be is for Book.Check.
func parseMachines(b []byte) ([]Machine, error) {
	r := csv.NewReader(bytes.NewReader(b))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the machines' header: %w", err)
	}
	if !slices.Equal(header, machineColumns) {
		return nil, fmt.Errorf("the machines' columns are %s, want %s", strings.Join(header, ","), strings.Join(machineColumns, ","))
	}
	var machines []Machine
	var errs []error
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return machines, errors.Join(errs...)
		}
		if err != nil {
			return nil, fmt.Errorf("reading machines: %w", err)
		}
		m, err := parseMachine(row)
		if err != nil {
			line, _ := r.FieldPos(0)
			errs = append(errs, fmt.Errorf("line %d (%s in %s): %w", line, row[2], row[1], err))
		}
		machines = append(machines, m)
	}
}

func parseMachine(row []string) (Machine, error) {
	m := Machine{Cloud: row[0], Region: row[1], Type: row[2], Sources: strings.Split(row[9], "+")}
	var errs []error
	number := func(column int) float64 {
		if row[column] == "" {
			return 0
		}
		v, err := strconv.ParseFloat(row[column], 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is %q, want a number", machineColumns[column], row[column]))
		}
		return v
	}
	var err error
	if m.VCPUs, err = strconv.Atoi(row[3]); err != nil {
		errs = append(errs, fmt.Errorf("vcpus is %q, want a whole number", row[3]))
	}
	m.MemoryGiB, m.OnDemandHourlyUSD, m.SpotHourlyUSD = number(4), number(5), number(6)
	m.SpotLowHourlyUSD, m.SpotHighHourlyUSD = number(7), number(8)
	return m, errors.Join(errs...)
}

// How far spot prices move where the book has only one: the most is the widest
// that the four types of prices.json differ between the Spot Instance Advisor and
// SkyPilot's catalogue (1.43, c7g.large), the least is about the lowest tenth of
// what Google's prices did in 14 weeks of 2026 (0.64 to 0.72).
const (
	lowOfSpot  = 0.7
	highOfSpot = 1.45
)

// SpotBand is what a machine costs an hour on spot when prices are low, as they
// are likely, and high, in US dollars. High is never more than on demand.
func (m Machine) SpotBand() (low, likely, high float64) {
	low, likely, high = m.SpotLowHourlyUSD, m.SpotHourlyUSD, m.SpotHighHourlyUSD
	if low == 0 {
		low = likely * lowOfSpot
	}
	if high == 0 {
		high = likely * highOfSpot
	}
	return low, likely, min(high, max(m.OnDemandHourlyUSD, likely))
}

// Median is the middle of some numbers, of an even count the mean of the middle
// two.
func Median(n []float64) float64 {
	s := slices.Sorted(slices.Values(n))
	half := len(s) / 2
	if len(s)%2 == 1 {
		return s[half]
	}
	return (s[half-1] + s[half]) / 2
}
