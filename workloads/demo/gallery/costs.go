package gallery

import (
	"strings"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// summary are the figures at the top.
type summary struct {
	Jobs, Done, GivenUp, Workers int
	// WallSeconds from the first start to the last end; MachineSeconds of all
	// attempts together.
	WallSeconds, MachineSeconds float64
}

// costs are by kind, with a sum.
type costs struct {
	Columns []string
	Rows    []costRow
	Total   costRow
	// Jobs are the rows of all jobs.
	Jobs []costRow
}

// costRow is one kind, or one job.
type costRow struct {
	Name, Kind     string
	Jobs, Attempts int
	Seconds        float64
	USD            []float64
}

func summarize(in Input) summary {
	s := summary{Jobs: len(in.Records)}
	workers := map[string]bool{}
	for _, r := range in.Records {
		if succeeded(r) {
			s.Done++
		} else {
			s.GivenUp++
		}
		for _, a := range r.Attempts {
			workers[a.Worker] = true
		}
		s.MachineSeconds += r.ChargedSeconds()
	}
	if t := newTimeline(in.Records); t != nil {
		s.WallSeconds = t.Seconds
	}
	s.Workers = len(workers)
	return s
}

func costsOf(in Input) costs {
	c := costs{Total: costRow{Name: "all", USD: make([]float64, len(in.Machines))}}
	for _, m := range in.Machines {
		c.Columns = append(c.Columns, strings.ToUpper(m.Cloud)+" spot")
	}
	kinds := map[string]*costRow{}
	for _, r := range in.Records {
		row := costRow{Name: r.JobID, Kind: r.Kind, Jobs: 1, Attempts: len(r.Attempts), Seconds: r.ChargedSeconds(), USD: charge(in.Machines, r.ChargedSeconds())}
		c.Jobs = append(c.Jobs, row)
		if kinds[r.Kind] == nil {
			kinds[r.Kind] = &costRow{Name: r.Kind, Kind: r.Kind, USD: make([]float64, len(in.Machines))}
		}
		kinds[r.Kind].add(row)
		c.Total.add(row)
	}
	for _, kind := range sortedKeys(kinds) {
		c.Rows = append(c.Rows, *kinds[kind])
	}
	return c
}

func (c *costRow) add(o costRow) {
	c.Jobs, c.Attempts, c.Seconds = c.Jobs+o.Jobs, c.Attempts+o.Attempts, c.Seconds+o.Seconds
	for i, usd := range o.USD {
		c.USD[i] += usd
	}
}

// charge is what a whole machine costs for a time, on each.
func charge(machines []pricing.Machine, machineSeconds float64) []float64 {
	usd := make([]float64, len(machines))
	for i, m := range machines {
		usd[i] = m.SpotCostUSD(machineSeconds * float64(m.VCPUs))
	}
	return usd
}
