// Package stack finds a grid by its Pulumi stack: the project's folder, the
// backend and environment that belong to the stack, and the stack's outputs.
// It runs the pulumi command and links none of it.
package stack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ErrNoProject means that no folder up from here is the project's.
var ErrNoProject = errors.New("no Pulumi.yaml of the project spotgrid in this folder or above: change to the project's folder, or name the grid with --grid FILE")

var projectName = regexp.MustCompile(`(?m)^name:\s*spotgrid\s*$`)

// FindProject looks for the project's folder, from dir upwards.
func FindProject(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the project: %w", err)
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "Pulumi.yaml"))
		if err == nil && projectName.Match(b) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNoProject
		}
		dir = parent
	}
}

// Stack is one stack of the project.
type Stack struct {
	Root string // the project's folder
	Name string
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// New names a stack.
func New(root, name string) (Stack, error) {
	if !namePattern.MatchString(name) {
		return Stack{}, fmt.Errorf("stack is named %q, want letters, digits, dot, underscore and hyphen", name)
	}
	return Stack{Root: root, Name: name}, nil
}

// Local reports whether the stack is one of this machine: "local", or
// "local-" and more. Its state lies in the project's own .spotgrid folder, out
// of the way of the user's own Pulumi login.
func (s Stack) Local() bool { return s.Name == "local" || strings.HasPrefix(s.Name, "local-") }

// Folder holds a local stack's state, passphrase and Pulumi home.
func (s Stack) Folder() string { return filepath.Join(s.Root, ".spotgrid", "stacks", s.Name) }

// Pulumi is the command to use, which `make tools` puts there: a link to the
// installed one where that will do, else one built from source.
func (s Stack) Pulumi() (string, error) {
	path := filepath.Join(s.Root, "bin", "pulumi")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no pulumi command in %s: run `make build`, which finds or builds it", filepath.Dir(path))
	}
	return path, nil
}
