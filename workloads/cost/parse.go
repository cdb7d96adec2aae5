package cost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// maxInputBytes is the most that is read of a preview or a state: one of 100
// resources has about 400 KB.
const maxInputBytes = 256 << 20

// Plan is what a preview says: what a stack would have after it, and has before.
type Plan struct {
	After, Before Deployment
	// Steps counts operations: create, update, replace, delete, same.
	Steps map[string]int
	// Missing is how many unchanged resources the preview leaves out of After and
	// Before; see Complete.
	Missing int
}

type serialized struct {
	URN      string         `json:"urn"`
	Type     string         `json:"type"`
	Parent   string         `json:"parent"`
	Provider string         `json:"provider"`
	Inputs   map[string]any `json:"inputs"`
	// Delete: only what is left of it waits to be deleted. In a preview it may also
	// be what a replacement will leave.
	Delete bool `json:"delete"`
	// External ones are read by the stack and belong to others.
	External bool `json:"external"`
	// PendingReplacement: it was deleted, and what replaces it was not made.
	PendingReplacement bool `json:"pendingReplacement"`
}

func (s serialized) resource() Resource {
	return Resource{URN: s.URN, Type: s.Type, Parent: s.Parent, Provider: s.Provider, inputs: s.Inputs}
}

type document struct {
	Config map[string]string `json:"config"`
	Steps  []struct {
		Op       string      `json:"op"`
		URN      string      `json:"urn"`
		OldState *serialized `json:"oldState"`
		NewState *serialized `json:"newState"`
	} `json:"steps"`
	Diagnostics []struct {
		Message  string `json:"message"`
		Severity string `json:"severity"`
	} `json:"diagnostics"`
	ChangeSummary map[string]int `json:"changeSummary"`
	Deployment    *struct {
		Resources []serialized `json:"resources"`
	} `json:"deployment"`
}

// Parse reads what `pulumi preview --json` or `pulumi stack export` printed. Of
// the latter Before and After are the same. The error says what is wrong with the
// text, or why the preview failed.
func Parse(r io.Reader) (Plan, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInputBytes+1))
	if err != nil {
		return Plan{}, fmt.Errorf("reading the preview: %w", err)
	}
	if len(b) > maxInputBytes {
		return Plan{}, fmt.Errorf("the preview has more than %d MiB, want less", maxInputBytes>>20)
	}
	var doc document
	if err := json.Unmarshal(b, &doc); err != nil {
		return Plan{}, fmt.Errorf("decoding the preview: %w; want what `pulumi preview --json` or `pulumi stack export` prints", err)
	}
	switch {
	case doc.Deployment != nil:
		return doc.state(), nil
	case len(doc.Steps) > 0 || doc.ChangeSummary != nil:
		return doc.preview()
	}
	return Plan{}, errors.New("there are neither steps nor a deployment, want what `pulumi preview --json` or `pulumi stack export` prints")
}

func (doc document) state() Plan {
	var all []Resource
	for _, s := range doc.Deployment.Resources {
		if !s.Delete && !s.External && !s.PendingReplacement {
			all = append(all, s.resource())
		}
	}
	d := newDeployment(stackOf(all), nil, all)
	return Plan{After: d, Before: d, Steps: map[string]int{"same": len(all)}}
}

// preview collects the states before and after. Of a replacement Pulumi shows one
// step, or with --show-replacement-steps three. By then its old state is marked for
// deletion, as is that of what an earlier update left, which is not there any more.
func (doc document) preview() (Plan, error) {
	if err := doc.failure(); err != nil {
		return Plan{}, err
	}
	before, after := map[string]Resource{}, map[string]Resource{}
	sames := 0
	for _, s := range doc.Steps {
		isLeft := s.Op == "delete-replaced" && s.OldState != nil && s.OldState.Delete
		if s.OldState != nil && !s.OldState.External && !isLeft {
			before[s.URN] = s.OldState.resource()
		}
		if s.NewState != nil && !s.NewState.External {
			after[s.URN] = s.NewState.resource()
		}
		switch s.Op {
		case "same":
			sames++
			if s.NewState == nil && s.OldState != nil && !s.OldState.External {
				after[s.URN] = s.OldState.resource()
			}
		case "delete":
			delete(after, s.URN)
		}
	}
	resources := func(m map[string]Resource) []Resource { return slices.Collect(maps.Values(m)) }
	stack := stackOf(resources(after))
	return Plan{
		After:   newDeployment(stack, doc.Config, resources(after)),
		Before:  newDeployment(stack, doc.Config, resources(before)),
		Steps:   doc.ChangeSummary,
		Missing: max(0, doc.ChangeSummary["same"]-sames),
	}, nil
}

func (doc document) failure() error {
	var messages []string
	for _, d := range doc.Diagnostics {
		if d.Severity == "error" {
			messages = append(messages, strings.TrimSpace(d.Message))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return fmt.Errorf("the preview failed: %s", strings.Join(messages, "; "))
}

// stackOf is the stack's name by a URN: urn:pulumi:STACK::PROJECT::…
func stackOf(resources []Resource) string {
	for _, r := range resources {
		if rest, ok := strings.CutPrefix(r.URN, "urn:pulumi:"); ok {
			name, _, _ := strings.Cut(rest, "::")
			return name
		}
	}
	return ""
}

// Complete adds the unchanged resources that a preview leaves out, from the
// stack's state. The error says how many are missing where there is no state.
func (p Plan) Complete(state *Deployment) (Plan, error) {
	if state == nil {
		if p.Missing > 0 {
			return p, fmt.Errorf("the preview leaves out %d resources that do not change: make it with `pulumi preview --json --show-sames`, or give the stack's state too (--state)", p.Missing)
		}
		return p, nil
	}
	before, after := map[string]Resource{}, map[string]Resource{}
	for _, r := range state.Resources {
		before[r.URN] = r
		_, wasThere := p.Before.find(r.URN)
		if _, stays := p.After.find(r.URN); stays || !wasThere {
			after[r.URN] = r
		}
	}
	for _, r := range p.After.Resources {
		after[r.URN] = r
	}
	p.Before = newDeployment(state.Stack, p.After.Config, slices.Collect(maps.Values(before)))
	p.After = newDeployment(p.After.Stack, p.After.Config, slices.Collect(maps.Values(after)))
	p.Missing = 0
	return p, nil
}
