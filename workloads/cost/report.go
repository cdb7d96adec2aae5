package cost

import (
	"cmp"
	"slices"
)

// Report is an estimate, and what it is compared with.
type Report struct {
	Estimate
	// HourlyUSD is the month's costs, spread.
	HourlyUSD Range `json:"hourly_usd"`
	// Steps counts what the preview would do, by operation.
	Steps map[string]int `json:"steps,omitempty"`
	// Change is nil where there is nothing to compare with.
	Change *Change `json:"change,omitempty"`
	// Budget is nil where none is set.
	Budget *Budget `json:"budget,omitempty"`
	// Warnings are of the prices' age.
	Warnings []string `json:"warnings,omitempty"`
}

// Change is the difference to another deployment.
type Change struct {
	// With names what it is compared with.
	With       string `json:"with"`
	MonthlyUSD Range  `json:"monthly_usd"`
	// Parts are the components that cost more or less, the greatest change first.
	Parts []Part `json:"parts"`
	// Before is the whole of what it is compared with.
	Before Range `json:"before_monthly_usd"`
}

// Case is one of an estimate's three.
type Case string

// The cases.
const (
	Low    Case = "low"
	Likely Case = "likely"
	High   Case = "high"
)

// Of is the range's number in a case.
func (c Case) Of(r Range) float64 {
	switch c {
	case Low:
		return r.Low
	case High:
		return r.High
	}
	return r.Likely
}

// Budget is a bound for a month's costs.
type Budget struct {
	MonthlyUSD float64 `json:"monthly_usd"`
	At         Case    `json:"at"`
	Over       bool    `json:"over"`
}

// NewReport makes a report of an estimate.
func NewReport(e *Estimate) *Report { return &Report{Estimate: *e, HourlyUSD: e.HourlyUSD()} }

// Against compares with another estimate.
func (r *Report) Against(with string, before *Estimate) {
	sums := map[string]Range{}
	for _, p := range r.Parts {
		sums[p.Component] = p.MonthlyUSD
	}
	for _, p := range before.Parts {
		sums[p.Component] = sums[p.Component].Minus(p.MonthlyUSD)
	}
	c := &Change{With: with, MonthlyUSD: r.MonthlyUSD.Minus(before.MonthlyUSD), Before: before.MonthlyUSD}
	for name, sum := range sums {
		if !sum.isNothing() {
			c.Parts = append(c.Parts, Part{name, sum})
		}
	}
	slices.SortFunc(c.Parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(size(b.MonthlyUSD.Likely), size(a.MonthlyUSD.Likely)), cmp.Compare(a.Component, b.Component))
	})
	r.Change = c
}

func size(n float64) float64 { return max(n, -n) }

// isNothing forgives what adding up in another order makes of numbers.
func (r Range) isNothing() bool {
	const nearly = 1e-9
	return size(r.Low) < nearly && size(r.Likely) < nearly && size(r.High) < nearly
}

// Within sets a budget and says whether it is kept.
func (r *Report) Within(monthlyUSD float64, at Case) bool {
	r.Budget = &Budget{MonthlyUSD: monthlyUSD, At: at, Over: at.Of(r.MonthlyUSD) > monthlyUSD}
	return !r.Budget.Over
}
