package main

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/spotgrid/spotgrid/workloads/cost"
)

// loadHelp is the default load as a load file says it.
func loadHelp() string {
	load := cost.DefaultLoad()
	load.Fleets = map[string]cost.FleetLoad{"grid-spot": {JobsPerDay: load.JobsPerDay, SecondsPerJob: load.SecondsPerJob}}
	text, err := yaml.Marshal(load)
	if err != nil {
		return "" // numbers and a name can always be written
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ")
}
