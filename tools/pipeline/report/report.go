// Package report is what a pull request or an issue is told of stacks. Reports
// are made where the code of a fork may run, and shown by code that may not trust
// them: hence they are data, which is checked, and all text comes from here.
package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
)

// What a plan was compared with.
const (
	Offline = "offline" // nothing: a stack as if it were new, without an account
	Live    = "live"    // the stack as it is deployed
)

// Stack is what was found out about one stack.
type Stack struct {
	Stack    string    `json:"stack"`
	Mode     string    `json:"mode"`               // Offline or Live
	File     string    `json:"file,omitempty"`     // a changed file that touches it
	Seconds  float64   `json:"seconds"`            // how long the plan took
	Plan     plan.Plan `json:"plan"`               // empty where Error is
	Error    string    `json:"error,omitempty"`    // why there is no plan
	Money    *Money    `json:"money,omitempty"`    // nil: not estimated
	Cost     string    `json:"cost,omitempty"`     // what `spotgrid cost` said
	Policies string    `json:"policies,omitempty"` // what `spotgrid policy check` said
}

// Report is what one job found out.
type Report struct {
	Pull   int     `json:"pull"` // number of the pull request; 0: none
	Stacks []Stack `json:"stacks"`
}

// Merge makes one list of what several jobs found out about the stacks, in the
// order of their names. A live plan says more than an offline one, and takes over
// from it what only that has.
func Merge(reports []Report) []Stack {
	found := map[string]Stack{}
	for _, r := range reports {
		for _, s := range r.Stacks {
			if old, ok := found[s.Stack]; ok {
				s = s.with(old)
			}
			found[s.Stack] = s
		}
	}
	var stacks []Stack
	for _, name := range slices.Sorted(maps.Keys(found)) {
		stacks = append(stacks, found[name])
	}
	return stacks
}

// with completes the better of two with what only the other has.
func (s Stack) with(other Stack) Stack {
	if s.Mode != Live {
		s, other = other, s
	}
	s.File = cmp.Or(s.File, other.File)
	s.Money, s.Cost = cmp.Or(s.Money, other.Money), cmp.Or(s.Cost, other.Cost)
	s.Policies = cmp.Or(s.Policies, other.Policies)
	return s
}

// FileName is a report's name in its folder.
const FileName = "report.json"

// Limits of a report that is read. A text over its limit is cut when shown.
const (
	maxFileBytes = 8 << 20
	maxStacks    = 50
)

// Write writes the report into the folder, with Word's names.
func (r Report) Write(folder string) error {
	r.Stacks = slices.Clone(r.Stacks)
	for i := range r.Stacks {
		r.Stacks[i].File, r.Stacks[i].Plan = Word(r.Stacks[i].File), words(r.Stacks[i].Plan)
		r.Stacks[i].Money = r.Stacks[i].Money.words()
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, FileName), append(b, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Read reads a report that nobody vouches for, at most 8 MiB.
func Read(path string) (Report, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err == nil && info.Size() > maxFileBytes {
		err = fmt.Errorf("it has %d bytes, the most is %d", info.Size(), maxFileBytes)
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(path)
	}
	var r Report
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return Report{}, fmt.Errorf("reading the report %q: %w", path, err)
	}
	return r, nil
}

// word is what names of stacks, resources, types, properties and files are made
// of. It has no backtick and nothing that ends a cell of a table.
var (
	word    = regexp.MustCompile(`^[A-Za-z0-9_.:/$\[\]"+? -]{1,300}$`)
	notWord = regexp.MustCompile(`[^A-Za-z0-9_.:/$\[\]"+? -]`)
)

// Word makes a name one that a report may hold: what it may not is shown as "?",
// and what is over 300 bytes is left out.
func Word(name string) string {
	name = notWord.ReplaceAllString(name, "?")
	return name[:min(len(name), 300)]
}

// words does so with all names of a plan.
func words(p plan.Plan) plan.Plan {
	p.Changes = slices.Clone(p.Changes)
	for i, c := range p.Changes {
		c.Type, c.Name, c.Properties = Word(c.Type), Word(c.Name), slices.Clone(c.Properties)
		for j := range c.Properties {
			c.Properties[j] = Word(c.Properties[j])
		}
		p.Changes[i] = c
	}
	return p
}

// ops that Pulumi has. Source: StepOp in pulumi's pkg/resource/deploy/step.go.
var ops = []string{"create", "update", "replace", "delete", "import", "import-replacement", "read-replacement"}

func (r Report) check() error {
	var faults []error
	if r.Pull < 0 {
		faults = append(faults, fmt.Errorf("pull is %d, want a number of a pull request", r.Pull))
	}
	if len(r.Stacks) > maxStacks {
		return fmt.Errorf("it has %d stacks, the most is %d", len(r.Stacks), maxStacks)
	}
	for i, s := range r.Stacks {
		if err := s.check(); err != nil {
			faults = append(faults, fmt.Errorf("stack %d: %w", i+1, err))
		}
	}
	return errors.Join(faults...)
}

func (s Stack) check() error {
	var faults []error
	wanted := func(what, value string) {
		if !word.MatchString(value) {
			faults = append(faults, fmt.Errorf("%s is %.80q, want letters, digits and _.:/$[]+?-, at most 300", what, value))
		}
	}
	wanted("stack", s.Stack)
	if s.File != "" {
		wanted("file", s.File)
	}
	if s.Mode != Offline && s.Mode != Live {
		faults = append(faults, fmt.Errorf("mode is %.80q, want %s, %s", s.Mode, Offline, Live))
	}
	for _, c := range s.Plan.Changes {
		if !slices.Contains(ops, c.Op) {
			faults = append(faults, fmt.Errorf("op is %.80q, want one of %v", c.Op, ops))
		}
		wanted("type", c.Type)
		wanted("name", c.Name)
		for _, p := range c.Properties {
			wanted("property", p)
		}
		if len(faults) > 10 {
			break // a hostile report may have thousands
		}
	}
	if s.Money != nil {
		for _, p := range s.Money.Parts[:min(len(s.Money.Parts), maxParts)] {
			wanted("component", p.Component)
		}
	}
	return errors.Join(faults...)
}
