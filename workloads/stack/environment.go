package stack

import (
	"os"
	"path/filepath"
	"slices"
)

// Environment is what pulumi is run with. For a stack in a cloud that is the
// user's own, so that it finds the user's login; for a local one everything of
// Pulumi's is replaced.
func (s Stack) Environment(inherited []string) []string {
	if s.Local() {
		return s.own().environment(inherited)
	}
	return s.withPath(inherited)
}

// withPath puts the project's programs first: the engine takes a language host
// from PATH before the one beside it, and an old one there might not run Go
// policy packs.
func (s Stack) withPath(inherited []string) []string {
	path := filepath.Join(s.Root, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	return append(slices.Clone(inherited), "PATH="+path)
}
