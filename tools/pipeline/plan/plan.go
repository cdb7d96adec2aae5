// Package plan reads what `pulumi preview --json` and `pulumi refresh
// --preview-only --json` print, as far as a report needs it: no value of any
// property, since values may be secret.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is a resource that would change, or that has changed by itself.
type Change struct {
	Op         string   `json:"op"` // as Pulumi names it: create, update, replace, delete, ...
	Type       string   `json:"type"`
	Name       string   `json:"name"`
	Properties []string `json:"properties,omitempty"` // that differ; names only, sorted
}

// Plan is what would change in one stack.
type Plan struct {
	Stack   string         `json:"stack"`
	Counts  map[string]int `json:"counts"` // of resources by op, those that stay too
	Changes []Change       `json:"changes"`
}

// Changed is the number of resources that do not stay as they are.
func (p Plan) Changed() int { return len(p.Changes) }

// quiet are the ops that change nothing: a step of a refresh that found no
// difference is called refresh.
var quiet = []string{"same", "read", "refresh"}

// halves of a replacement, which has a step of its own.
var halves = []string{"create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace"}

// document is the part of Pulumi's JSON that is read. Source: PreviewDigest in
// pulumi's pkg/display/json.go.
type document struct {
	Steps []struct {
		Op             string                     `json:"op"`
		URN            string                     `json:"urn"`
		DiffReasons    []string                   `json:"diffReasons"`
		ReplaceReasons []string                   `json:"replaceReasons"`
		DetailedDiff   map[string]json.RawMessage `json:"detailedDiff"`
	} `json:"steps"`
	Counts map[string]int `json:"changeSummary"`
}

// ErrNoPlan means that the input is not what Pulumi prints for a plan.
var ErrNoPlan = errors.New("not the JSON of a preview or a refresh")

// Parse reads one stack's plan.
func Parse(stack string, b []byte) (Plan, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return Plan{}, fmt.Errorf("reading the plan of stack %q: %w: %w", stack, ErrNoPlan, err)
	}
	if d.Counts == nil {
		return Plan{}, fmt.Errorf("reading the plan of stack %q: %w: it has no changeSummary", stack, ErrNoPlan)
	}
	p := Plan{Stack: stack, Counts: d.Counts, Changes: []Change{}}
	for _, s := range d.Steps {
		if slices.Contains(quiet, s.Op) || slices.Contains(halves, s.Op) {
			continue
		}
		c := Change{Op: s.Op}
		c.Type, c.Name = parts(s.URN)
		names := slices.Concat(s.DiffReasons, s.ReplaceReasons, slices.Collect(maps.Keys(s.DetailedDiff)))
		slices.Sort(names)
		c.Properties = slices.Compact(names)
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}

// parts takes a resource's type and name out of its URN,
// urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME.
func parts(urn string) (kind, name string) {
	fields := strings.SplitN(urn, "::", 4)
	if len(fields) < 4 {
		return "", urn
	}
	return fields[2][strings.LastIndex(fields[2], "$")+1:], fields[3]
}

// Errors are the error messages in what Pulumi printed for a plan that failed,
// a line each; "" where there are none.
func Errors(b []byte) string {
	var d struct {
		Diagnostics []struct {
			Message  string `json:"message"`
			Severity string `json:"severity"`
		} `json:"diagnostics"`
	}
	if json.Unmarshal(b, &d) != nil {
		return ""
	}
	var text strings.Builder
	for _, found := range d.Diagnostics {
		if found.Severity == "error" {
			text.WriteString(strings.TrimSpace(found.Message) + "\n")
		}
	}
	return text.String()
}

// Ops are the operations in the order in which a report counts them.
var Ops = []string{"create", "update", "replace", "delete"}

// Count is the number of resources with an op of Ops; an op that is not in Ops
// (import, read-replacement, ...) is counted nowhere but in Changes.
func (p Plan) Count(op string) int { return p.Counts[op] }
