package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
)

// project is a folder that bin/spotgrid takes for the project's: the checkout, or
// one that was laid out to run a stack program that is built already.
type project string

// findProject is the checkout that the working folder lies in.
func findProject() (project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return project(dir), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no Pulumi.yaml in this folder or above: change to the checkout")
		}
		dir = parent
	}
}

// loadProject is the checkout and its catalogue of stacks.
func loadProject() (project, catalogue.Catalogue, error) {
	p, err := findProject()
	if err != nil {
		return "", nil, err
	}
	c, err := catalogue.Load(string(p))
	return p, c, err
}

// path is one below the project's folder, given with slashes.
func (p project) path(name string) string {
	return filepath.Join(string(p), filepath.FromSlash(name))
}

// layOut makes a project in folder that has this one's programs and configs, by
// links, and runs the stack program that is given.
func (p project) layOut(folder, program string) (project, error) {
	other := project(folder)
	err := os.MkdirAll(other.path("stacks"), 0o755)
	for _, name := range []string{"bin", "stacks/config"} {
		if err == nil {
			err = os.Symlink(p.path(name), other.path(name))
		}
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(p.path("Pulumi.yaml"))
	}
	if err == nil {
		err = other.run(b, program)
	}
	if err != nil {
		return "", fmt.Errorf("laying out a project for the previews: %w", err)
	}
	return other, nil
}

var runtimeLine = regexp.MustCompile(`(?m)^runtime: go$`)

// run writes the project file so that it runs a program that is built already:
// Pulumi would build it anew for each stack. The path is absolute, since Pulumi's
// own language host and the one in tools look for others in different folders.
func (p project) run(file []byte, program string) error {
	if len(runtimeLine.FindAll(file, -1)) != 1 {
		return errors.New("reading Pulumi.yaml: want one line \"runtime: go\"")
	}
	if strings.ContainsAny(program, "'\n") {
		return fmt.Errorf("the program's path is %q, want no quote in it", program)
	}
	text := runtimeLine.ReplaceAllLiteral(file, []byte("runtime: {name: go, options: {binary: '"+program+"'}}"))
	return os.WriteFile(p.path("Pulumi.yaml"), text, 0o644)
}
