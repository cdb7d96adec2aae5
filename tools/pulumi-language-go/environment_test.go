package main

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgramEnvironment(t *testing.T) {
	t.Parallel()
	base := []string{"HOME=/home/me", "PULUMI_CONFIG={\"outer:a\":\"1\"}", "PULUMI_PLUGINS=true", "PULUMI_BACKEND_URL=file:///s", "EMPTY="}
	got, err := programEnvironment(base, &pulumirpc.RunRequest{
		Organization: "organization", Project: "grid", Stack: "local",
		Config:           map[string]string{"grid:target": "local", "grid:token": "s3cret"},
		ConfigSecretKeys: []string{"grid:token"},
		DryRun:           true, Parallel: 16, MonitorAddress: "127.0.0.1:1",
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/src/grid"},
	}, "127.0.0.1:2")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"HOME=/home/me", "PULUMI_BACKEND_URL=file:///s", "EMPTY=",
		`PULUMI_CONFIG={"grid:target":"local","grid:token":"s3cret"}`,
		`PULUMI_CONFIG_SECRET_KEYS=["grid:token"]`,
		"PULUMI_DRY_RUN=true",
		"PULUMI_ENGINE=127.0.0.1:2",
		"PULUMI_MONITOR=127.0.0.1:1",
		"PULUMI_ORGANIZATION=organization",
		"PULUMI_PARALLEL=16",
		"PULUMI_PLUGINS=",
		"PULUMI_PROJECT=grid",
		"PULUMI_ROOT_DIRECTORY=/src/grid",
		"PULUMI_STACK=local",
	}, got)
}

func TestProgramEnvironmentWithoutConfig(t *testing.T) {
	t.Parallel()
	got, err := programEnvironment([]string{"PULUMI_CONFIG={\"outer:a\":\"1\"}"}, &pulumirpc.RunRequest{}, "127.0.0.1:2")
	require.NoError(t, err)
	assert.Contains(t, got, "PULUMI_CONFIG=null")
	assert.Contains(t, got, "PULUMI_CONFIG_SECRET_KEYS=[]")
	assert.NotContains(t, got, `PULUMI_CONFIG={"outer:a":"1"}`)
}
