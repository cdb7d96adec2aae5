// Package catalogue knows what the pipelines do with each stack, and which
// stacks a change touches.
package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// File is where the catalogue stands, below the repository's root.
const File = ".github/stacks.yaml"

// Rings, in the order in which a release goes through them.
var Rings = []string{"dev", "staging", "prod"}

// ways of trying a stack after a deployment, and clouds there are.
var (
	ways   = []string{"call", "jobs"}
	clouds = []string{"aws", "gcp"}
)

// Stack is one entry.
type Stack struct {
	Name   string   `yaml:"-" json:"stack"`
	Ring   string   `yaml:"ring" json:"-"`   // one of Rings; "": no pipeline deploys it
	Clouds []string `yaml:"clouds" json:"-"` // aws, gcp; none: it stands on one machine
	Smoke  string   `yaml:"smoke" json:"-"`  // jobs or call; "" where Ring is
}

// Approved reports whether a person must approve a deployment.
func (s Stack) Approved() bool { return s.Ring != "" && s.Ring != Rings[0] }

// Catalogue is all stacks, sorted by name.
type Catalogue []Stack

// Load reads the catalogue of the repository at root. Every fault is in the one
// error: unknown keys and values, stacks without an entry, entries without a
// config in stacks/config.
func Load(root string) (Catalogue, error) {
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(File)))
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue of stacks: %w", err)
	}
	c, err := parse(b)
	if err == nil {
		err = c.matches(root)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", File, err)
	}
	return c, nil
}

func parse(b []byte) (Catalogue, error) {
	var file struct {
		Stacks map[string]Stack `yaml:"stacks"`
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	var c Catalogue
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(file.Stacks)) {
		s := file.Stacks[name]
		s.Name = name
		c = append(c, s)
		faults = append(faults, s.check())
	}
	return c, errors.Join(faults...)
}

func (s Stack) check() error {
	var faults []error
	bad := func(key, value string, want []string) {
		faults = append(faults, fmt.Errorf("stack %q: %s is %q, want %s", s.Name, key, value, strings.Join(want, ", ")))
	}
	if s.Ring != "" && !slices.Contains(Rings, s.Ring) {
		bad("ring", s.Ring, Rings)
	}
	for _, cloud := range s.Clouds {
		if !slices.Contains(clouds, cloud) {
			bad("clouds", cloud, clouds)
		}
	}
	if s.Ring != "" && !slices.Contains(ways, s.Smoke) {
		bad("smoke", s.Smoke, ways)
	}
	if s.Ring == "" && s.Smoke != "" {
		bad("smoke", s.Smoke, []string{"none, since no pipeline deploys it"})
	}
	return errors.Join(faults...)
}

// matches compares the catalogue with the stacks that have a config.
func (c Catalogue) matches(root string) error {
	files, err := filepath.Glob(filepath.Join(root, "stacks", "config", "Pulumi.*.yaml"))
	if err != nil {
		return err
	}
	var faults []error
	var names []string
	for _, f := range files {
		name := configured(filepath.Base(f))
		names = append(names, name)
		if _, ok := c.Find(name); !ok {
			faults = append(faults, fmt.Errorf("stack %q has no entry", name))
		}
	}
	for _, s := range c {
		if !slices.Contains(names, s.Name) {
			faults = append(faults, fmt.Errorf("stack %q has no stacks/config/Pulumi.%s.yaml", s.Name, s.Name))
		}
	}
	return errors.Join(faults...)
}

// configured is the stack of a config file's name, Pulumi.NAME.yaml; "" if it is
// none.
func configured(file string) string {
	name, ok := strings.CutPrefix(file, "Pulumi.")
	name, isYAML := strings.CutSuffix(name, ".yaml")
	if !ok || !isYAML {
		return ""
	}
	return name
}

// Find looks a stack up.
func (c Catalogue) Find(name string) (Stack, bool) {
	i := slices.IndexFunc(c, func(s Stack) bool { return s.Name == name })
	if i < 0 {
		return Stack{}, false
	}
	return c[i], true
}

// Names lists the stacks.
func (c Catalogue) Names() []string {
	names := make([]string, len(c))
	for i, s := range c {
		names[i] = s.Name
	}
	return names
}

// Ring lists the stacks of a ring.
func (c Catalogue) Ring(ring string) Catalogue {
	return slices.DeleteFunc(slices.Clone(c), func(s Stack) bool { return s.Ring != ring })
}

// Only keeps the stacks that are named; unknown names are all in the error.
func (c Catalogue) Only(names []string) (Catalogue, error) {
	var kept Catalogue
	var faults []error
	for _, name := range names {
		s, ok := c.Find(name)
		if !ok {
			faults = append(faults, fmt.Errorf("stack %q is not known, want one of %s", name, strings.Join(c.Names(), ", ")))
			continue
		}
		kept = append(kept, s)
	}
	return kept, errors.Join(faults...)
}
