package rules

import (
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// oldFamilies are those that their clouds call previous generation or that a
// newer one beats in price for work. Sources: EC2 instance types, previous
// generation instances; Compute Engine, general-purpose machine family (N1 is its
// first series).
var oldFamilies = []any{
	"a1", "c1", "c3", "c4", "cc2", "cr1", "d2", "f1", "g2", "g3", "hs1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "r3", "r4", "t1", "x1",
}

// oldFamiliesGCP are Google Cloud's, of which some are called as old ones of AWS.
var oldFamiliesGCP = []any{"n1", "f1", "g1", "m1"}

// currentGeneration: an old family gives less work for the same money.
var currentGeneration = policy.Rule{
	Name: "current-generation", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Low,
	Doc:   "Machines are of current generations, which do more for the same money.",
	Types: typed,
	Options: []policy.Option{
		{Name: "old", Default: oldFamilies, Doc: "families on AWS that count as old"},
		{Name: "oldGCP", Default: oldFamiliesGCP, Doc: "families on Google Cloud that count as old"},
	},
	Each: func(c *policy.Check) {
		old := c.OptionTexts("old")
		if strings.HasPrefix(c.Resource.Type, "gcp:") {
			old = c.OptionTexts("oldGCP")
		}
		for _, m := range machineTypes(c) {
			if f := family(m.name); slices.Contains(old, f) {
				c.Violation(m.path, "a type of a current generation", "take the newest family of its kind in place of "+f)
			}
		}
	},
}
