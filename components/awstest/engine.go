package awstest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// ProviderVersion is that of the Go SDK in go.mod.
const ProviderVersion = "6.83.2"

// Program declares resources with the options it is given, which name the
// provider: there is no default one.
type Program func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error

// Preview runs the program through the real engine and the real provider,
// which checks names and values as AWS does but calls nothing. It returns a
// sorted line "operation type name" for each resource, parents' types joined
// by $, and skips the test where Pulumi or the provider is missing.
func Preview(t *testing.T, program Program) ([]string, error) {
	t.Helper()
	stack := newStack(t, program)
	stream, lines := make(chan events.EngineEvent), make(chan []string)
	go func() { lines <- operations(stream) }()
	_, err := stack.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress())
	return <-lines, err
}

// operations lists what the engine would do until the stream ends.
func operations(stream <-chan events.EngineEvent) []string {
	var lines []string
	for e := range stream {
		if e.ResourcePreEvent == nil {
			continue
		}
		m := e.ResourcePreEvent.Metadata
		urn := resource.URN(m.URN)
		if urn.Type() != resource.RootStackType {
			lines = append(lines, string(m.Op)+" "+string(urn.QualifiedType())+" "+urn.Name())
		}
	}
	slices.Sort(lines)
	return lines
}

func newStack(t *testing.T, program Program) auto.Stack {
	t.Helper()
	command, home := findTools(t)
	backend := "file://" + t.TempDir()
	stack, err := auto.UpsertStackInlineSource(t.Context(), "test", "spotgrid", withProvider(program),
		auto.Pulumi(command), auto.PulumiHome(home),
		auto.EnvVars(map[string]string{
			"PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
			// Whatever this machine is logged in to: not for a test.
			"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		}),
		auto.Project(workspace.Project{
			Name: "spotgrid", Runtime: workspace.NewProjectRuntimeInfo("go", nil),
			Backend: &workspace.ProjectBackend{URL: backend},
		}))
	require.NoError(t, err)
	// A resource that falls to a default provider fails.
	require.NoError(t, stack.SetConfigWithOptions(t.Context(), "pulumi:disable-default-providers[0]",
		auto.ConfigValue{Value: "*"}, &auto.ConfigOptions{Path: true}))
	return stack
}

// findTools skips the test where Pulumi was not built or the provider's plugin
// is not installed. The home it returns is the test's own and borrows only the
// plugins.
func findTools(t *testing.T) (auto.PulumiCommand, string) {
	t.Helper()
	root := moduleRoot(t)
	if _, err := os.Stat(filepath.Join(root, "bin", "pulumi")); err != nil {
		t.Skip("bin/pulumi is not built, run `make tools`")
	}
	installed := os.Getenv("PULUMI_HOME")
	if installed == "" {
		user, err := os.UserHomeDir()
		require.NoError(t, err)
		installed = filepath.Join(user, ".pulumi")
	}
	plugins := filepath.Join(installed, "plugins")
	if _, err := os.Stat(filepath.Join(plugins, "resource-aws-v"+ProviderVersion, "pulumi-resource-aws")); err != nil {
		t.Skipf("the AWS provider is not installed, run `pulumi plugin install resource aws %s`", ProviderVersion)
	}
	home := t.TempDir()
	require.NoError(t, os.Symlink(plugins, filepath.Join(home, "plugins")))
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	require.NoError(t, err)
	return command, home
}

// moduleRoot is the nearest folder above with a go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		require.NotEqual(t, dir, up, "no go.mod above the working directory")
		dir = up
	}
}

// withProvider declares a provider that checks everything and calls nothing.
func withProvider(program Program) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var p pulumi.ProviderResourceState
		in := pulumi.Map{
			"region": pulumi.String(Region), "accessKey": pulumi.String("test"), "secretKey": pulumi.String("test"),
			"skipCredentialsValidation": pulumi.Bool(true), "skipMetadataApiCheck": pulumi.Bool(true),
			"skipRequestingAccountId": pulumi.Bool(true), "skipRegionValidation": pulumi.Bool(true),
		}
		if err := ctx.RegisterResource("pulumi:providers:aws", "aws", in, &p, pulumi.Version(ProviderVersion)); err != nil {
			return err
		}
		return program(ctx, pulumi.Providers(&p))
	}
}
