package cost

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// Line is what one item of one resource costs.
type Line struct {
	Component string `json:"component"`
	Resource  string `json:"resource"`
	Type      string `json:"type"`
	// Item is the price book's; of a machine it is what it runs on.
	Item string `json:"item"`
	// Quantity of Unit a month; UnitUSD for one.
	Quantity   Range  `json:"quantity"`
	Unit       string `json:"unit"`
	UnitUSD    Range  `json:"unit_usd"`
	MonthlyUSD Range  `json:"monthly_usd"`
}

// Unpriced is a resource, or a part of one, of which the costs are not known.
type Unpriced struct {
	Component string `json:"component"`
	Resource  string `json:"resource"`
	Type      string `json:"type"`
	Why       string `json:"why"`
}

// Part is a component with the sum of its lines.
type Part struct {
	Component  string `json:"component"`
	MonthlyUSD Range  `json:"monthly_usd"`
}

// Estimate is what a deployment costs.
type Estimate struct {
	Stack      string     `json:"stack"`
	MonthlyUSD Range      `json:"monthly_usd"`
	Parts      []Part     `json:"parts"`
	Lines      []Line     `json:"lines"`
	Unpriced   []Unpriced `json:"unpriced"`
	// Free is how many resources cost nothing by themselves.
	Free int `json:"free"`
	// Assumptions are what the numbers rest on beside the load.
	Assumptions []string `json:"assumptions"`
	Load        Load     `json:"load"`
	// Sources are the IDs of those in the book that the numbers come from.
	Sources []string `json:"sources"`
}

// Uses says whether a source's prices are in the numbers.
func (e *Estimate) Uses(source string) bool { return slices.Contains(e.Sources, source) }

// HourlyUSD spreads a month's costs over its hours.
func (e *Estimate) HourlyUSD() Range { return e.MonthlyUSD.scale(1 / HoursPerMonth) }

// Of estimates a deployment by a book and a load.
func Of(d Deployment, book *pricing.Book, load Load) *Estimate {
	e := &estimator{Deployment: d, book: book, load: load, out: &Estimate{Stack: d.Stack, Load: load}, assumed: map[string]bool{}}
	e.findFleets()
	for _, r := range d.Resources {
		e.price(r)
	}
	return e.finish()
}

// estimator collects an estimate.
type estimator struct {
	Deployment
	book    *pricing.Book
	load    Load
	fleets  []*fleet
	out     *Estimate
	assumed map[string]bool
}

func (e *estimator) price(r Resource) {
	switch rule, ok := rules[r.Type]; {
	case ok:
		e.apply(rule, r)
	case strings.HasPrefix(r.Type, "spotgrid:"), strings.HasPrefix(r.Type, "pulumi:"):
		// Components, providers and the stack cost what is below them; a local grid
		// costs nothing.
	case freeTypes[r.Type]:
		e.out.Free++
	case unsourced[r.Type] != "":
		e.unpriced(r, unsourced[r.Type])
	default:
		e.unpriced(r, "nothing here knows what this type costs")
	}
}

// apply gives a rule only the inputs that it says it reads.
func (e *estimator) apply(rule rule, r Resource) {
	seen := r
	seen.inputs = pick(r.inputs, rule.reads)
	before := len(e.out.Lines) + len(e.out.Unpriced)
	rule.price(e, seen)
	if len(e.out.Lines)+len(e.out.Unpriced) == before && r.Type != fleetType {
		e.out.Free++
	}
}

// placeInputs say where a resource is.
var placeInputs = []string{"location", "region", "zone"}

// pick keeps some keys of inputs, and those that say where a resource is.
func pick(inputs map[string]any, keys []string) map[string]any {
	kept := map[string]any{}
	for _, key := range slices.Concat(placeInputs, keys) {
		if v, ok := inputs[key]; ok {
			kept[key] = v
		}
	}
	return kept
}

// reference regions lend their price to those that the book lacks.
var reference = map[string]string{"aws": "us-east-1", "gcp": "us-central1"}

// add counts so much of an item of the book a month.
func (e *estimator) add(r Resource, item string, quantity Range) {
	cloud, region := cloudOf(r.Type), e.region(r)
	if r.Type == fleetType {
		cloud = e.fleetOf(r).cloud
		region = e.fleetOf(r).region
	}
	if region == "" {
		e.unpriced(r, "its region is not known, so "+item+" has no price")
		return
	}
	p, isBorrowed, ok := e.find(cloud, region, item)
	if !ok {
		e.unpriced(r, fmt.Sprintf("the book has no price of %s in %s", item, region))
		return
	}
	if isBorrowed {
		e.assume(fmt.Sprintf("%s costs in %s what it costs in %s: the book has no price of its own", item, region, reference[cloud]))
	}
	if p.USD == 0 || quantity == (Range{}) {
		return
	}
	e.uses(p.Source)
	e.line(r, item, p.Unit, quantity, always(p.USD))
}

// find is an item's price in a region, or else the one borrowed from the reference
// region.
func (e *estimator) find(cloud, region, item string) (p pricing.Price, isBorrowed, ok bool) {
	if p, ok = e.book.Find(cloud, region, item); ok {
		return p, false, true
	}
	p, ok = e.book.Find(cloud, reference[cloud], item)
	return p, ok, ok
}

// line counts something at a price for one unit.
func (e *estimator) line(r Resource, item, unit string, quantity, usd Range) {
	quantity, usd = quantity.ordered(), usd.ordered()
	e.out.Lines = append(e.out.Lines, Line{
		Component: e.componentName(r), Resource: r.Name(), Type: r.Type, Item: item,
		Quantity: quantity, Unit: unit, UnitUSD: usd, MonthlyUSD: quantity.times(usd),
	})
}

func (e *estimator) unpriced(r Resource, why string) {
	u := Unpriced{Component: e.componentName(r), Resource: r.Name(), Type: r.Type, Why: why}
	if !slices.Contains(e.out.Unpriced, u) {
		e.out.Unpriced = append(e.out.Unpriced, u)
	}
}

func (e *estimator) uses(sources ...string) {
	for _, id := range sources {
		if !e.out.Uses(id) {
			e.out.Sources = append(e.out.Sources, id)
		}
	}
}

func (e *estimator) assume(what string) {
	if !e.assumed[what] {
		e.assumed[what] = true
		e.out.Assumptions = append(e.out.Assumptions, what)
	}
}

// finish sums up, the dearest component first.
func (e *estimator) finish() *Estimate {
	sums := map[string]Range{}
	for _, l := range e.out.Lines {
		sums[l.Component] = sums[l.Component].Plus(l.MonthlyUSD)
		e.out.MonthlyUSD = e.out.MonthlyUSD.Plus(l.MonthlyUSD)
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		e.out.Parts = append(e.out.Parts, Part{name, sums[name]})
	}
	slices.SortStableFunc(e.out.Parts, func(a, b Part) int { return cmp.Compare(b.MonthlyUSD.Likely, a.MonthlyUSD.Likely) })
	slices.SortStableFunc(e.out.Lines, func(a, b Line) int { return cmp.Compare(a.Component, b.Component) })
	slices.SortStableFunc(e.out.Unpriced, func(a, b Unpriced) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Type, b.Type))
	})
	slices.Sort(e.out.Assumptions)
	slices.Sort(e.out.Sources)
	return e.out
}

// readWithOthers are inputs that the rules of other types read.
var readWithOthers = map[string][]string{
	"pulumi:providers:aws": {"region"}, "pulumi:providers:gcp": {"region"},
	launchTemplate:   {"instanceType", "blockDeviceMappings"},
	instanceTemplate: {"machineType", "disks", "scheduling"},
	groupManager:     {"targetSize"},
	watchType:        {"monthlyBudgetUsd"},
}

// Reads lists the inputs of a type that an estimate depends on, with those that
// say where it is.
func Reads(typ string) []string {
	return slices.Concat(placeInputs, rules[typ].reads, readWithOthers[typ])
}
