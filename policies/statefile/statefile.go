// Package statefile reads stacks from what Pulumi writes: an exported state
// (`pulumi stack export`) or a preview (`pulumi preview --json`).
package statefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// MaxBytes is the largest file that Read takes: far above a stack's of ten
// thousand resources.
const MaxBytes = 256 << 20

// File is a stack as it was read.
type File struct {
	// Inputs have what programs asked for, Known what is there, or will be.
	Inputs, Known *policy.Stack
	// Preview says that the file is one of a preview, whose values are partly
	// unknown.
	Preview bool
}

// resource is one resource as both kinds of file have it.
type resource struct {
	URN          string              `json:"urn"`
	Type         string              `json:"type"`
	Delete       bool                `json:"delete"`
	External     bool                `json:"external"` // read by the stack, and another's
	Parent       string              `json:"parent"`
	Protect      bool                `json:"protect"`
	Inputs       map[string]any      `json:"inputs"`
	Outputs      map[string]any      `json:"outputs"`
	Dependencies []string            `json:"dependencies"`
	Refers       map[string][]string `json:"propertyDependencies"`
}

type document struct {
	Deployment *struct {
		Resources []resource `json:"resources"`
	} `json:"deployment"`
	Steps []struct {
		Op       string    `json:"op"`
		NewState *resource `json:"newState"`
	} `json:"steps"`
	// Changes counts steps by operation, also those that are not listed.
	Changes     map[string]int `json:"changeSummary"`
	Diagnostics []struct {
		Severity string `json:"severity"`
		Message  string `json:"message"`
	} `json:"diagnostics"`
}

// Read reads a stack. A preview that failed, or that leaves out what does not change,
// is refused: of half a stack some rules hold, and others do not, that are otherwise
// for the whole one.
func Read(r io.Reader) (*File, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading state or preview: %w", err)
	}
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("state or preview is larger than %d MiB", MaxBytes>>20)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("reading state or preview: %w", err)
	}
	switch {
	case d.Deployment != nil:
		return newFile(d.Deployment.Resources, false)
	case d.Steps != nil:
		if err := d.whole(); err != nil {
			return nil, err
		}
		return newFile(d.after(), true)
	}
	return nil, errors.New("this is neither an exported state (pulumi stack export) nor a preview (pulumi preview --json): it has no deployment and no steps")
}

// whole says why a preview has not all of its stack: it failed, or Pulumi was not
// told to list what does not change.
func (d document) whole() error {
	for _, diagnostic := range d.Diagnostics {
		if diagnostic.Severity == "error" {
			return fmt.Errorf("the preview failed, so its stack is not whole: %s", strings.TrimSpace(diagnostic.Message))
		}
	}
	left := d.Changes["same"]
	for _, s := range d.Steps {
		if s.Op == "same" {
			left--
		}
	}
	if left > 0 {
		return fmt.Errorf("the preview leaves out %d resources that do not change: make it with `pulumi preview --json --show-sames`", left)
	}
	return nil
}

// gone are the steps after which a resource is no more, or is only read.
var gone = map[string]bool{
	"delete": true, "delete-replaced": true, "discard": true, "discard-replaced": true, "remove-pending-replace": true, "read-discard": true,
	"read": true, "read-replacement": true,
}

// after lists the resources that will be there. A replaced one has several steps.
func (d document) after() (list []resource) {
	at := map[string]int{}
	for _, s := range d.Steps {
		if s.NewState == nil || gone[s.Op] {
			continue
		}
		if i, twice := at[s.NewState.URN]; twice {
			list[i] = *s.NewState
			continue
		}
		at[s.NewState.URN] = len(list)
		list = append(list, *s.NewState)
	}
	return list
}

func newFile(resources []resource, preview bool) (*File, error) {
	f := &File{Inputs: &policy.Stack{}, Known: &policy.Stack{}, Preview: preview}
	for _, r := range resources {
		if r.Delete || r.External {
			continue
		}
		part := strings.SplitN(r.URN, "::", 4)
		if len(part) != 4 || r.Type == "" {
			return nil, fmt.Errorf("resource %q has no URN or no type", r.URN)
		}
		for _, s := range []*policy.Stack{f.Inputs, f.Known} {
			s.Project, s.Name = part[1], strings.TrimPrefix(part[0], "urn:pulumi:")
		}
		f.add(r, part[3])
	}
	if len(f.Known.Resources) == 0 {
		return nil, errors.New("the stack has no resources")
	}
	return f, nil
}

func (f *File) add(r resource, name string) {
	known := r.Outputs
	if len(known) == 0 {
		known = r.Inputs
	}
	made := policy.Resource{
		Type: r.Type, Name: name, URN: r.URN, Parent: r.Parent, Protect: r.Protect,
		Props: value(r.Inputs), Depends: r.Dependencies, Refers: r.Refers,
	}
	f.Inputs.Resources = append(f.Inputs.Resources, &made)
	whole := made
	whole.Props = value(known)
	f.Known.Resources = append(f.Known.Resources, &whole)
}
