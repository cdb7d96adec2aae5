// Package policy is what rules are written with: resources whose properties may be
// unknown or secret, checks that say what is wrong and what could not be decided,
// waivers, and a run of many rules over one stack. It knows no engine.
package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Level is what a violation does.
type Level string

// Levels, as Pulumi calls them.
const (
	Disabled  Level = "disabled"
	Advisory  Level = "advisory"
	Mandatory Level = "mandatory"
	Remediate Level = "remediate"
)

// Levels lists all.
var Levels = []Level{Disabled, Advisory, Mandatory, Remediate}

// Severity is how bad a violation is, for who has to choose.
type Severity string

// Severities.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Area is what a rule is about.
type Area string

// Areas.
const (
	Cost        Area = "cost"
	Security    Area = "security"
	Reliability Area = "reliability"
	Alerts      Area = "alerts"
	Upkeep      Area = "upkeep"
)

// Areas in the order in which they are listed.
var Areas = []Area{Cost, Security, Reliability, Alerts, Upkeep}

// Option is a setting of a rule.
type Option struct {
	Name string
	// Default is a float64, a bool, a string, or a []any of strings.
	Default any
	// Min and Max bound a number where they differ.
	Min, Max float64
	// Doc says what it means, with its unit.
	Doc string
}

// Rule is one rule. It has either Each, which sees single resources before they
// are made, or Whole, which sees the stack after.
type Rule struct {
	// Name is what it is called in configuration and waivers: words joined by
	// dashes.
	Name string
	// Doc is one sentence: what has to hold, and why.
	Doc      string
	Area     Area
	Level    Level
	Severity Severity
	// Types are the resources that it looks at, for the catalogue, and for Each the
	// only ones that it is called with; none: all.
	Types   []string
	Options []Option
	Each    func(c *Check)
	Whole   func(c *Check)
	// Mend returns the properties as they should be. A rule that mends has neither
	// Each nor Whole, and another one that checks the same.
	Mend func(c *Check) (Value, bool)
	// Checks is, of a rule that mends, the one that checks.
	Checks string
}

var rulePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)

// Check reports everything that is wrong with the rule itself.
func (r Rule) Check() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("rule %q: "+format, append([]any{r.Name}, args...)...))
		}
	}
	need(rulePattern.MatchString(r.Name), "name is no words joined by dashes")
	need(len(r.Doc) > 20, "it has no doc")
	need(slices.Contains(Levels, r.Level), "level is %q, want one of %v", r.Level, Levels)
	need(slices.Contains([]Severity{Low, Medium, High, Critical}, r.Severity), "severity is %q", r.Severity)
	need(slices.Contains(Areas, r.Area), "area is %q, want one of %v", r.Area, Areas)
	ways := 0
	for _, is := range []bool{r.Each != nil, r.Whole != nil, r.Mend != nil} {
		if is {
			ways++
		}
	}
	need(ways == 1, "it has %d ways to check, want 1", ways)
	need((r.Mend != nil) == (r.Level == Remediate), "level is %q, want remediate if and only if it mends", r.Level)
	need((r.Mend != nil) == (r.Checks != ""), "a rule that mends names the one that checks")
	for _, o := range r.Options {
		need(o.Doc != "" && o.Default != nil, "option %q has no doc or no default", o.Name)
	}
	return errors.Join(faults...)
}

// Applies says whether a rule of single resources looks at the type.
func (r Rule) Applies(kind string) bool { return len(r.Types) == 0 || slices.Contains(r.Types, kind) }
