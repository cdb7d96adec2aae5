package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Environment is what pulumi is run with. For a stack in a cloud that is the
// user's own, so that it finds the user's login; for a local one everything of
// Pulumi's is replaced.
func (s Stack) Environment(inherited []string) []string {
	inherited = withoutDebugging(inherited, goFlags(s.Root))
	if s.Local() {
		return s.own().environment(inherited)
	}
	return s.withPath(inherited)
}

// leanBuild leaves out what a debugger would want of the stack program: the
// clouds' SDKs have two packages of which that is a third of the time and memory
// that compiling takes (measured by make bench).
const leanBuild = "-gcflags=all=-dwarf=false"

// withoutDebugging has the stack program built without debugging information,
// unless the user has flags for the compiler. The Makefile does the same, so that
// nothing is compiled twice.
func withoutDebugging(inherited []string, users string) []string {
	if !strings.Contains(users, "-gcflags") {
		users = strings.TrimSpace(users + " " + leanBuild)
	}
	return append(slices.Clone(inherited), "GOFLAGS="+users)
}

// goFlags are those of the environment or, where it has none, of the file that
// `go env -w` writes. Without go there are none, and nothing is built.
func goFlags(root string) string {
	cmd := exec.Command("go", "env", "GOFLAGS")
	cmd.Dir = root
	out, _ := cmd.Output()
	return strings.TrimSpace(string(out))
}

// withPath puts the project's programs first: the engine takes a language host
// from PATH before the one beside it, and an old one there might not run Go
// policy packs.
func (s Stack) withPath(inherited []string) []string {
	path := filepath.Join(s.Root, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	return append(slices.Clone(inherited), "PATH="+path)
}
