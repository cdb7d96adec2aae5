package main

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// programFiles is a program that requires three SDK modules and imports
// packages of two of them; one of those through a package of its own.
var programFiles = map[string]string{
	"prog/go.mod": `module example.com/prog
go 1.24
require (
	example.com/pulumi-cloud/sdk v1.2.4-0.20260102030405-0123456789ab
	example.com/pulumi-other/sdk v0.0.0
	example.com/pulumi-unused/sdk v1.0.0
)
replace (
	example.com/pulumi-cloud/sdk => ../cloud
	example.com/pulumi-other/sdk => ../other
	example.com/pulumi-unused/sdk => ../unused
)
`,
	// It describes the module to those who import it, so not to itself.
	"prog/pulumi-plugin.json": `{"resource": true, "name": "prog"}`,
	"prog/main.go": `package main
import (
	_ "example.com/prog/net"
	_ "example.com/prog/sdk/own"
	_ "example.com/pulumi-other/sdk"
)
func main() {}
`,
	"prog/net/net.go":                   "package net\nimport (\n\t_ \"example.com/pulumi-cloud/sdk/go/cloud/disk\"\n\t_ \"example.com/pulumi-cloud/sdk/go/cloud/vm\"\n)\n",
	"prog/sdk/own/own.go":               "package own\n",
	"prog/sdk/own/pulumi-plugin.json":   `{"resource": true, "name": "own"}`,
	"cloud/go.mod":                      "module example.com/pulumi-cloud/sdk\ngo 1.24\n",
	"cloud/go/cloud/pulumi-plugin.json": `{"resource": true, "name": "cloud", "server": "https://example.com/plugins"}`,
	"cloud/go/cloud/vm/vm.go":           "package vm\n",
	"cloud/go/cloud/disk/disk.go":       "package disk\n",
	"other/go.mod":                      "module example.com/pulumi-other/sdk\ngo 1.24\n",
	"other/other.go":                    "package other\n",
	"other/pulumi-plugin.json": `{"resource": true, "name": "bridge", "version": "v3.1.0",
		"parameterization": {"name": "other", "version": "0.4.0", "value": "eyJ4IjoxfQ=="}}`,
	"unused/go.mod":             "module example.com/pulumi-unused/sdk\ngo 1.24\n",
	"unused/unused.go":          "package unused\n",
	"unused/pulumi-plugin.json": `{"resource": true, "name": "unused", "version": "1.0.0"}`,
}

// testHost is a host that lives as long as the test.
func testHost(t *testing.T, environ []string) *host {
	t.Helper()
	life, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	return newHost(hostConfig{
		life: life, end: end, scratch: t.TempDir(), environ: environ, stdout: t.Output(), stderr: t.Output(),
	})
}

func TestGetRequiredPackagesFollowsImports(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), programFiles)
	info := &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir + "/prog", EntryPoint: "."}
	h := testHost(t, goEnvironment())

	packages, err := h.GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{Info: info})
	require.NoError(t, err)
	want := []*pulumirpc.PackageDependency{
		{Name: "cloud", Kind: "resource", Version: "1.2.3", Server: "https://example.com/plugins"},
		{Name: "own", Kind: "resource"},
		{Name: "bridge", Kind: "resource", Version: "3.1.0", Parameterization: &pulumirpc.PackageParameterization{
			Name: "other", Version: "0.4.0", Value: []byte(`{"x":1}`),
		}},
	}
	require.Len(t, packages.GetPackages(), len(want))
	for i, p := range packages.GetPackages() {
		assert.True(t, proto.Equal(want[i], p), "package %d: want %v, got %v", i, want[i], p)
	}

	plugins, err := h.GetRequiredPlugins(t.Context(), &pulumirpc.GetRequiredPluginsRequest{Info: info})
	require.NoError(t, err)
	var names []string
	for _, p := range plugins.GetPlugins() {
		names = append(names, p.GetName()+"@"+p.GetVersion())
	}
	assert.Equal(t, []string{"cloud@1.2.3", "own@", "bridge@3.1.0"}, names)
}

func TestGetRequiredPackagesOfPrebuiltProgramWithoutSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got, err := testHost(t, goEnvironment()).GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir, EntryPoint: "."},
	})
	require.NoError(t, err)
	assert.Empty(t, got.GetPackages())
}

func TestGetRequiredPackagesNamesTheBadFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ content, fault string }{
		"not JSON": {content: "{", fault: `other/pulumi-plugin.json": unexpected end`},
		"no name":  {content: `{"resource": true}`, fault: "a resource plugin without a name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := writeFiles(t, t.TempDir(), programFiles)
			writeFiles(t, dir, map[string]string{"other/pulumi-plugin.json": test.content})
			_, err := testHost(t, goEnvironment()).GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{
				Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir + "/prog", EntryPoint: "."},
			})
			assert.ErrorContains(t, err, test.fault)
		})
	}
}

func TestReleasedVersion(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"v7.3.0":                               "v7.3.0",
		"v7.3.0-alpha.1":                       "v7.3.0-alpha.1",
		"v1.2.4-0.20260102030405-0123456789ab": "v1.2.3",
		"v0.0.0-20260102030405-0123456789ab":   "",
		"v0.0.0":                               "",
		"":                                     "",
	} {
		assert.Equal(t, want, releasedVersion(given), "of %q", given)
	}
}

func TestGetProgramDependencies(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), map[string]string{
		"go.mod": `module example.com/prog
go 1.24
require (
	example.com/direct v1.2.3
	example.com/local v1.0.0
)
require example.com/indirect v0.1.0 // indirect
replace example.com/local => ./local
`,
		"stacks/main.go": "package main\n",
	})
	h := testHost(t, goEnvironment())
	list := func(transitive bool) (names []string) {
		got, err := h.GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{
			Info:                   &pulumirpc.ProgramInfo{ProgramDirectory: dir + "/stacks", EntryPoint: "."},
			TransitiveDependencies: transitive,
		})
		require.NoError(t, err)
		for _, d := range got.GetDependencies() {
			names = append(names, d.GetName()+"@"+d.GetVersion())
		}
		return names
	}
	assert.Equal(t, []string{"example.com/direct@v1.2.3", "example.com/local@"}, list(false))
	assert.Equal(t, []string{"example.com/direct@v1.2.3", "example.com/local@", "example.com/indirect@v0.1.0"}, list(true))
}
