package rules

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// list joins texts for a sentence.
func list(all []string) string { return strings.Join(all, ", ") }

// sortedKeys of a table, for what has to come in one order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// durationSeconds reads a duration as Google Cloud writes it, such as "600s".
func durationSeconds(c *policy.Check, path, otherwise string) (float64, bool) {
	t, ok := c.Text(path, otherwise)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(t, "s"), 64)
	if err != nil {
		c.Undecided(path, "is no duration in seconds")
	}
	return n, err == nil
}
