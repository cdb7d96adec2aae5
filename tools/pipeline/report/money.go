package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Money is what a stack costs in a month, as `spotgrid cost --json` estimates it.
type Money struct {
	MonthlyUSD Range  `json:"monthly_usd"`
	Parts      []Part `json:"parts"`
	// Change is to what is deployed; nil where the plan was compared with nothing.
	Change *Difference `json:"change,omitempty"`
}

// Part is a component of the stack.
type Part struct {
	Component  string `json:"component"`
	MonthlyUSD Range  `json:"monthly_usd"`
}

// Difference of two estimates.
type Difference struct {
	MonthlyUSD Range `json:"monthly_usd"`
}

// Range is an estimate: without work, with the expected load, with every fleet
// full around the clock.
type Range struct {
	Low    float64 `json:"low"`
	Likely float64 `json:"likely"`
	High   float64 `json:"high"`
}

// maxParts of a stack are shown.
const maxParts = 40

// ParseMoney reads what `spotgrid cost --json` prints.
func ParseMoney(b []byte) (*Money, error) {
	var m Money
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("reading an estimate of costs: %w", err)
	}
	return &m, nil
}

// words does with the names of parts what Word does.
func (m *Money) words() *Money {
	if m == nil {
		return nil
	}
	said := *m
	said.Parts = slices.Clone(m.Parts)
	for i := range said.Parts {
		said.Parts[i].Component = Word(said.Parts[i].Component)
	}
	return &said
}

// String is what is likely; empty where nothing was estimated.
func (m *Money) String() string {
	if m == nil {
		return ""
	}
	return usd(m.MonthlyUSD.Likely)
}

// cells are the money columns of a stack's row in the table of all.
func (m *Money) cells() string {
	if m == nil {
		return " | |"
	}
	change := ""
	if m.Change != nil {
		change = signed(m.Change.MonthlyUSD.Likely)
	}
	return fmt.Sprintf(" %s | %s |", usd(m.MonthlyUSD.Likely), change)
}

// table lists what each part costs.
func (m *Money) table(b *strings.Builder) {
	if m == nil {
		return
	}
	b.WriteString("\n| USD a month | idle | likely | always full |\n| --- | ---: | ---: | ---: |\n")
	for _, p := range m.Parts[:min(len(m.Parts), maxParts)] {
		fmt.Fprintf(b, "| %s | %s |\n", code(p.Component), p.MonthlyUSD.cells())
	}
	fmt.Fprintf(b, "| **all** | %s |\n", m.MonthlyUSD.cells())
}

func (r Range) cells() string { return usd(r.Low) + " | " + usd(r.Likely) + " | " + usd(r.High) }

func usd(amount float64) string { return fmt.Sprintf("$%.2f", amount) }

func signed(amount float64) string {
	switch {
	case math.Abs(amount) < 0.005:
		return "none"
	case amount < 0:
		return "-" + usd(-amount)
	}
	return "+" + usd(amount)
}
