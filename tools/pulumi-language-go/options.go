package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
)

// options are the keys under runtime.options in Pulumi.yaml, PulumiPlugin.yaml
// or PulumiPolicy.yaml. Both are optional and exclude each other.
type options struct {
	// binary is a built program to run instead of building one: an absolute
	// path, a path relative to the project or the program directory, or a
	// name on PATH.
	binary string
	// buildTarget is the file to build into, relative to the program
	// directory. Empty: a temporary file.
	buildTarget string
}

// parseOptions reports every fault at once.
func parseOptions(raw *structpb.Struct) (options, error) {
	var (
		parsed options
		faults []error
	)
	known := map[string]*string{"binary": &parsed.binary, "buildTarget": &parsed.buildTarget}
	given := raw.AsMap()
	for _, key := range slices.Sorted(maps.Keys(given)) {
		target, ok := known[key]
		if !ok {
			faults = append(faults, fmt.Errorf("runtime option %q is unknown, allowed: binary, buildTarget", key))
			continue
		}
		text, ok := given[key].(string)
		if !ok {
			faults = append(faults, fmt.Errorf("runtime option %q must be a string, got %v", key, given[key]))
			continue
		}
		*target = text
	}
	if parsed.binary != "" && parsed.buildTarget != "" {
		faults = append(faults, errors.New("runtime options binary and buildTarget exclude each other"))
	}
	return parsed, errors.Join(faults...)
}
