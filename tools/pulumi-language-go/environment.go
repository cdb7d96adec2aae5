package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// envPlugins makes a program print its plugins instead of running. The SDK
// does not export the name.
const envPlugins = "PULUMI_PLUGINS"

// programEnvironment is base with the variables from which the SDK builds a
// program's pulumi.RunInfo. All of them are set, empty ones too: one that is
// inherited (a program that drives another stack) must not leak in.
func programEnvironment(base []string, req *pulumirpc.RunRequest, engineAddress string) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("encoding the stack's config: %w", err)
	}
	secretKeys, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("encoding the names of secret config: %w", err)
	}
	return overlay(base, map[string]string{
		pulumi.EnvOrganization:        req.GetOrganization(),
		pulumi.EnvProject:             req.GetProject(),
		pulumi.EnvPulumiRootDirectory: req.GetInfo().GetRootDirectory(),
		pulumi.EnvStack:               req.GetStack(),
		pulumi.EnvConfig:              string(config),
		pulumi.EnvConfigSecretKeys:    string(secretKeys),
		pulumi.EnvParallel:            strconv.Itoa(int(req.GetParallel())),
		pulumi.EnvDryRun:              strconv.FormatBool(req.GetDryRun()),
		pulumi.EnvMonitor:             req.GetMonitorAddress(),
		pulumi.EnvEngine:              engineAddress,
		envPlugins:                    "",
	}), nil
}

// overlay returns base without the variables of set, followed by those in the
// order of their names.
func overlay(base []string, set map[string]string) []string {
	result := make([]string, 0, len(base)+len(set))
	for _, entry := range base {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := set[name]; !replaced {
			result = append(result, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		result = append(result, name+"="+set[name])
	}
	return result
}
