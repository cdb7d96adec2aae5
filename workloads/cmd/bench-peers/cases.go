package main

import (
	"fmt"
	"slices"
	"strings"
)

// allCases are the cases of every library, in the order of the report.
func allCases() []Case {
	return slices.Concat(
		numericCases(),
		kmeansCases(),
		visionCases(),
		wikiCases(),
	)
}

// selectCases are those whose name or peer contains only, whatever its case;
// all of them if only is empty. The error lists what there is.
func selectCases(cases []Case, only string) ([]Case, error) {
	var chosen []Case
	var names strings.Builder
	wanted := strings.ToLower(only)
	for _, c := range cases {
		fmt.Fprintf(&names, "\n  %s (%s)", c.Name, c.Peer)
		if strings.Contains(strings.ToLower(c.Name), wanted) || strings.Contains(strings.ToLower(c.Peer), wanted) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return nil, usageError{fmt.Errorf("--only is %q, want part of the name or the peer of a case:%s", only, names.String())}
	}
	return chosen, nil
}
