// Package enginetest runs programs through the real engine and the real
// providers, in stacks of a test's own.
package enginetest

import (
	"maps"
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

// Stack is what a test wants of a stack.
type Stack struct {
	Name    string
	Program pulumi.RunFunc
	// Plugins are the providers that have to be installed, with their versions.
	Plugins map[string]string
	// Environment is added to that of the engine and its plugins.
	Environment map[string]string
}

// isolation keeps from the engine what this machine is logged in to.
var isolation = map[string]string{
	"AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true",
	"GOOGLE_APPLICATION_CREDENTIALS": "", "GOOGLE_OAUTH_ACCESS_TOKEN": "", "CLOUDSDK_CONFIG": os.DevNull,
}

// New makes the stack. The test is skipped where Pulumi or one of the providers
// is missing.
func New(t *testing.T, s Stack) auto.Stack {
	t.Helper()
	root := moduleRoot(t)
	command, home := findTools(t, root, s.Plugins)
	backend := "file://" + t.TempDir()
	env := maps.Clone(isolation)
	env["PULUMI_BACKEND_URL"], env["PULUMI_CONFIG_PASSPHRASE"], env["PULUMI_SKIP_UPDATE_CHECK"] = backend, "test", "true"
	maps.Copy(env, s.Environment)
	stack, err := auto.UpsertStackInlineSource(t.Context(), s.Name, "spotgrid", s.Program,
		auto.Pulumi(command), auto.PulumiHome(home), auto.EnvVars(env),
		auto.Project(workspace.Project{
			Name: "spotgrid", Runtime: workspace.NewProjectRuntimeInfo("go", nil),
			Backend: &workspace.ProjectBackend{URL: backend},
			Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "spotgrid", Path: filepath.Join(root, "bin")}}},
		}))
	require.NoError(t, err)
	// A resource that falls to a default provider fails.
	require.NoError(t, stack.SetConfigWithOptions(t.Context(), "pulumi:disable-default-providers[0]",
		auto.ConfigValue{Value: "*"}, &auto.ConfigOptions{Path: true}))
	return stack
}

// Preview returns a sorted line "operation type name" for each resource,
// parents' types joined by $.
func Preview(t *testing.T, stack auto.Stack) ([]string, error) {
	t.Helper()
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

// findTools skips the test where Pulumi was not built or a provider's plugin is
// not installed. The home it returns is the test's own and borrows only the
// plugins.
func findTools(t *testing.T, root string, plugins map[string]string) (auto.PulumiCommand, string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "bin", "pulumi")); err != nil {
		t.Skip("bin/pulumi is not built, run `make tools`")
	}
	installed := os.Getenv("PULUMI_HOME")
	if installed == "" {
		user, err := os.UserHomeDir()
		require.NoError(t, err)
		installed = filepath.Join(user, ".pulumi")
	}
	folder := filepath.Join(installed, "plugins")
	for name, version := range plugins {
		if _, err := os.Stat(filepath.Join(folder, "resource-"+name+"-v"+version, "pulumi-resource-"+name)); err != nil {
			t.Skipf("the provider %s is not installed, run `pulumi plugin install resource %s %s`", name, name, version)
		}
	}
	home := t.TempDir()
	require.NoError(t, os.Symlink(folder, filepath.Join(home, "plugins")))
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
