// Package significance has the tests that tell a pattern from chance: are the
// times of events those of a Poisson process, do they precede other events, do
// counts rise or fall. Each returns a p-value: the chance of something at least
// as unusual if there is nothing to see. Distributions are gonum's.
package significance

import "math"

// twoSided makes a p-value of both tails of which the smaller one is surprising.
func twoSided(lower, upper float64) float64 {
	return clamp(2 * math.Min(lower, upper))
}

// clamp keeps rounding from leaving 0..1.
func clamp(p float64) float64 { return math.Max(0, math.Min(1, p)) }
