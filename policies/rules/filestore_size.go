package rules

import (
	"math"
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const (
	// gibPerStep and clientsPerStep: an instance serves 500 machines for each 256
	// GiB (Filestore, zonal tier, client connections).
	gibPerStep, clientsPerStep = 256, 500
	// leastGiB is the smallest zonal instance; regional ones start at 100.
	leastGiB = 1024
)

// filestoreSize: an instance is paid by its size, not by what is on it.
var filestoreSize = policy.Rule{
	Name: "filestore-size", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "A Filestore instance is no larger than its files and its machines need: all of its size is paid.",
	Types: []string{gcpFiles},
	Options: []policy.Option{
		{Name: "clients", Default: 500.0, Min: 1, Max: 80_000, Doc: "machines that mount the instance at a time"},
		{Name: "filesGiB", Default: 1024.0, Min: 1, Max: 102_400, Doc: "size of what is kept on it, GiB"},
	},
	Each: func(c *policy.Check) {
		path := "fileShares.capacityGb"
		if c.Value("fileShares").Kind() == policy.List {
			path = "fileShares.0.capacityGb"
		}
		need := math.Max(leastGiB, c.Option("filesGiB"))
		need = math.Max(need, math.Ceil(c.Option("clients")/clientsPerStep)*gibPerStep)
		if n, ok := c.Number(path, 0); ok && n > need {
			c.Violation(path, "no more than "+strconv.Itoa(int(need)), "lower it, or declare what it has to hold by the options of this rule")
		}
	},
}
