package main

import (
	"fmt"
	"log/slog"

	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
)

// commandOptions are what commands find on this machine: secrets, and cgroups
// if the worker may make any.
func commandOptions(s settings, lookup func(string) (string, bool), log *slog.Logger) (command.Options, error) {
	o := command.Options{Secrets: map[string]command.Secrets{"env": command.EnvironmentSecrets{Lookup: lookup}}}
	if s.SecretsDir != "" {
		folder, err := command.OpenFolderSecrets(s.SecretsDir)
		if err != nil {
			return command.Options{}, fmt.Errorf("SPOTGRID_SECRETS_DIR: %w", err)
		}
		o.Secrets["file"] = folder
	}
	parent, err := cgroup.Detect()
	if err != nil {
		log.Info("commands get no cgroup of their own", "reason", err.Error())
		return o, nil
	}
	log.Info("commands get a cgroup each", "parent", parent.Path, "controllers", parent.Controllers)
	o.Cgroup = parent
	return o, nil
}
