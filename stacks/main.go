// Command stacks is the Pulumi program: one program for all stacks, told apart
// by their configuration in config/.
package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/stacks/settings"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		s, err := settings.Load(ctx, configKeys(os.Getenv(pulumi.EnvConfig)))
		if err != nil {
			return err
		}
		root := ctx.RootDirectory()
		return Program(s, Place{Root: root, Programs: filepath.Join(root, "bin")})(ctx)
	})
}

// configKeys lists the keys that are set, as the engine hands them over; the
// SDK reads keys but does not list them.
func configKeys(encoded string) []string {
	values := map[string]any{}
	if json.Unmarshal([]byte(encoded), &values) != nil {
		return nil
	}
	return slices.Collect(maps.Keys(values))
}
