package filetree

import (
	"fmt"
	"path"
	"strings"
)

// CheckPattern refuses a pattern that path.Match does not understand or that
// leads out of its folder.
func CheckPattern(pattern string) error {
	if err := CheckPath(pattern); err != nil {
		return err
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%q is not a pattern: %w", pattern, err)
	}
	if path.Clean(pattern) != pattern {
		return fmt.Errorf("%q, want %q", pattern, path.Clean(pattern))
	}
	return nil
}

// matcher knows which patterns have matched.
type matcher struct {
	patterns []string
	matched  []bool
}

// matches reports whether a file, or a folder it is in, matches, and notes for
// every pattern that does.
func (m *matcher) matches(name string) bool {
	found := false
	for i, pattern := range m.patterns {
		depth := strings.Count(pattern, "/") + 1
		if head, ok := firstNames(name, depth); ok && match(pattern, head) {
			m.matched[i], found = true, true
		}
	}
	return found
}

// leads reports whether files in a folder may match.
func (m *matcher) leads(folder string) bool {
	if folder == "." {
		return true
	}
	for _, pattern := range m.patterns {
		depth := min(strings.Count(pattern, "/"), strings.Count(folder, "/")) + 1
		head, _ := firstNames(folder, depth)
		start, _ := firstNames(pattern, depth)
		if match(start, head) {
			return true
		}
	}
	return false
}

func match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil || pattern == "."
}

// firstNames are the first n names of a path, if it has so many.
func firstNames(p string, n int) (string, bool) {
	end := 0
	for i := range n {
		next := strings.IndexByte(p[end:], '/')
		if next < 0 {
			return p, i == n-1
		}
		if i == n-1 {
			return p[:end+next], true
		}
		end += next + 1
	}
	return p, false
}
