package main

import (
	"os"
	"path/filepath"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeFiles writes files, given by path below dir, and returns dir.
func writeFiles(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func TestResolveProgram(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, t.TempDir(), map[string]string{"stacks/main.go": "package main\n", "stacks/notes.txt": "\n"})
	stacks := filepath.Join(dir, "stacks")
	for name, test := range map[string]struct {
		directory, entry string
		want             string
		fault            string
	}{
		"the directory itself":           {directory: stacks, entry: ".", want: stacks},
		"no entry point":                 {directory: stacks, want: stacks},
		"a subdirectory":                 {directory: dir, entry: "stacks", want: stacks},
		"a Go file stands for a package": {directory: stacks, entry: "main.go", want: stacks},
		"a missing Go file":              {directory: stacks, entry: "other.go", fault: "other.go: no such file"},
		"a missing directory":            {directory: dir, entry: "infra", fault: "infra: no such file"},
		"another file":                   {directory: stacks, entry: "notes.txt", fault: "want a directory or a .go file"},
		"no directory":                   {entry: ".", fault: "names no program directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := resolveProgram(&pulumirpc.ProgramInfo{
				RootDirectory: dir, ProgramDirectory: test.directory, EntryPoint: test.entry,
			})
			if test.fault != "" {
				require.ErrorContains(t, err, test.fault)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, program{root: dir, dir: test.want}, got)
		})
	}
}

func TestResolveProgramReportsBadOptions(t *testing.T) {
	t.Parallel()
	raw := mustStruct(t, map[string]any{"bin": "x"})
	_, err := resolveProgram(&pulumirpc.ProgramInfo{ProgramDirectory: t.TempDir(), Options: raw})
	assert.ErrorContains(t, err, `runtime option "bin" is unknown`)
}

func TestPrebuiltBinary(t *testing.T) {
	t.Parallel()
	root := writeFiles(t, t.TempDir(), map[string]string{"stacks/main.go": "", "bin/data": "", "bin/tool": ""})
	stacks, tool := filepath.Join(root, "stacks"), filepath.Join(root, "bin", "tool")
	require.NoError(t, os.Chmod(tool, 0o755))
	sh, err := filepath.Abs("/bin/sh")
	require.NoError(t, err)
	for name, test := range map[string]struct{ binary, want, fault string }{
		"absolute":                    {binary: tool, want: tool},
		"relative to the project":     {binary: "bin/tool", want: tool},
		"relative to the program":     {binary: "../bin/tool", want: tool},
		"not executable":              {binary: "bin/data", fault: `runtime option binary is "bin/data", no such executable at: ` + root},
		"a name not on PATH":          {binary: "no-such-program", fault: "stacks/no-such-program, PATH"},
		"an absolute path outside it": {binary: sh, want: sh},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := program{root: root, dir: stacks, options: options{binary: test.binary}}.prebuilt()
			if test.fault != "" {
				require.ErrorContains(t, err, test.fault)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}
