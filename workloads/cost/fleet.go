package cost

import (
	"fmt"
	"math"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// fleetInputs of the component are read.
var fleetInputs = []string{"target", "minWorkers", "maxWorkers", "slots", "jobsPerWorker", "idleSeconds"}

// startSeconds is how long a machine costs before it works: booting, mounting,
// fetching its program. Measured nowhere yet; what machines of two clouds take by
// their vendors' pages is one to two minutes.
const startSeconds = 120

// fleet is a component that runs machines, with what the load makes of it.
type fleet struct {
	of            Resource
	cloud, region string
	// hours are machine hours a month, jobs are jobs a month.
	hours, jobs Range
	slots       float64
	seconds     float64
	unknown     string // the input that is not known, ""
}

// findFleets reads the fleets and shares the load out.
func (e *estimator) findFleets() {
	sharing := 0.0
	for _, r := range e.Resources {
		if r.Type != fleetType {
			continue
		}
		e.fleets = append(e.fleets, &fleet{of: r, cloud: e.cloudBelow(r)})
		if _, own := e.load.Fleets[r.Name()]; !own {
			sharing++
		}
	}
	for _, f := range e.fleets {
		f.region = e.regionBelow(f.of)
		load, own := e.load.Fleets[f.of.Name()]
		if !own {
			load = FleetLoad{JobsPerDay: e.load.JobsPerDay / sharing, SecondsPerJob: e.load.SecondsPerJob}
		}
		e.size(f, load)
	}
}

// cloudBelow is the cloud that a component's resources are of.
func (e *estimator) cloudBelow(component Resource) string {
	for _, r := range e.Resources {
		if c := cloudOf(r.Type); r.Parent == component.URN && (c == "aws" || c == "gcp") {
			return c
		}
	}
	return ""
}

func (e *estimator) regionBelow(component Resource) string {
	for _, r := range e.Resources {
		if c := cloudOf(r.Type); r.Parent == component.URN && (c == "aws" || c == "gcp") {
			if region := e.region(r); region != "" {
				return region
			}
		}
	}
	return ""
}

// size says how long how many machines run: what jobs take, and for each batch
// the time in which its machines start, and wait before they go.
func (e *estimator) size(f *fleet, load FleetLoad) {
	least := f.number("minWorkers", 0)
	most := f.number("maxWorkers", math.NaN())
	f.slots = max(1, f.number("slots", 1))
	perWorker := max(1, f.number("jobsPerWorker", 1))
	idle := f.number("idleSeconds", 300)
	f.seconds = load.SecondsPerJob
	if math.IsNaN(most) && f.unknown == "" {
		f.unknown = "maxWorkers"
	}
	if f.unknown != "" {
		return
	}
	most = max(most, least)
	jobs := load.JobsPerDay * daysPerMonth
	busy := jobs * load.SecondsPerJob / f.slots / 3600
	workers := min(most, math.Ceil(ratio(load.JobsPerDay, e.load.BatchesPerDay)/perWorker))
	waiting := e.load.BatchesPerDay * daysPerMonth * workers * (idle + startSeconds) / 3600
	if busy > most*HoursPerMonth {
		e.assume(fmt.Sprintf("%s cannot do its load: that takes %.0f machines around the clock, and maxWorkers is %.0f", f.of.Name(), math.Ceil(busy/HoursPerMonth), most))
	}
	f.hours = Range{least * HoursPerMonth, min(max(busy+waiting, least*HoursPerMonth), most*HoursPerMonth), most * HoursPerMonth}
	f.jobs = Range{0, jobs, max(jobs, f.hours.High*3600*f.slots/load.SecondsPerJob)}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return a
	}
	return a / b
}

// number is an input of the component.
func (f *fleet) number(name string, otherwise float64) float64 {
	n, state := f.of.in(name).number(otherwise)
	if state == unknown {
		f.unknown = name
	}
	return n
}

// fleetOf is the fleet that a resource belongs to; nil where there is none.
func (e *estimator) fleetOf(r Resource) *fleet {
	c := e.component(r)
	i := slices.IndexFunc(e.fleets, func(f *fleet) bool { return f.of.URN == c.URN })
	if i < 0 {
		return nil
	}
	return e.fleets[i]
}

// sum adds up what fleets of a cloud have; "" of all clouds.
func (e *estimator) sum(cloud string, of func(*fleet) Range) Range {
	var total Range
	for _, f := range e.fleets {
		if cloud == "" || f.cloud == cloud {
			total = total.Plus(of(f))
		}
	}
	return total
}

func hoursOf(f *fleet) Range { return f.hours }
func jobsOf(f *fleet) Range  { return f.jobs }

// machines counts the fleet's machines: hours on demand, and the rest on spot at
// one of some types.
func (e *estimator) machines(r Resource, f *fleet, types []string, onDemandHours Range) {
	found := e.offers(r, f, types)
	if len(found) == 0 {
		return
	}
	var low, likely, high, demand []float64
	for _, m := range found {
		l, p, h := m.SpotBand()
		low, likely, high, demand = append(low, l), append(likely, p), append(high, h), append(demand, m.OnDemandHourlyUSD)
	}
	spot := f.hours.Minus(onDemandHours)
	if onDemandHours != (Range{}) {
		e.line(r, "machines on demand", "hour", onDemandHours, Range{slices.Min(demand), pricing.Median(demand), slices.Max(demand)})
	}
	e.line(r, "machines on spot", "hour", spot, Range{slices.Min(low), pricing.Median(likely), slices.Max(high)})
}

// offers are the types that the book has a price of; the others are listed.
func (e *estimator) offers(r Resource, f *fleet, types []string) []pricing.Machine {
	var found []pricing.Machine
	var missing []string
	for _, t := range types {
		if m, ok := e.offer(f, t); ok {
			found = append(found, m)
			e.uses(m.Sources...)
		} else {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		e.unpriced(r, fmt.Sprintf("the book has no price in %s of %s, %d of its %d machine types", orUnknown(f.region), list(missing), len(missing), len(types)))
	}
	return found
}

// offer is a machine type's price in the fleet's region, or else in the reference
// region.
func (e *estimator) offer(f *fleet, name string) (pricing.Machine, bool) {
	m, ok := e.book.Machine(f.cloud, f.region, name)
	if ok || f.region == "" {
		return m, ok
	}
	if m, ok = e.book.Machine(f.cloud, reference[f.cloud], name); ok {
		e.assume(fmt.Sprintf("machines cost in %s what they cost in %s, where the book has no price of their own", f.region, reference[f.cloud]))
	}
	return m, ok
}

func orUnknown(region string) string {
	if region == "" {
		return "a region that is not known"
	}
	return region
}
