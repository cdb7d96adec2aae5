package policy

import (
	"slices"
	"strings"
)

// Resource is one resource of a stack as rules see it, whoever read it.
type Resource struct {
	// Type such as "aws:sqs/queue:Queue".
	Type string
	// Name is the resource's own in its program.
	Name string
	URN  string
	// Parent is the URN of the component above; "" for the stack itself.
	Parent string
	// Props are an object: inputs for a rule of single resources, what the stack
	// knows (outputs, before they exist inputs) for a rule of the whole stack.
	Props Value
	// Protect says that `pulumi destroy` refuses to delete it.
	Protect bool
	// Refers lists, by property, the URNs of the resources that it was made of.
	// Only rules of the whole stack have it.
	Refers map[string][]string
	// Depends are the URNs of all resources that it waits for.
	Depends []string
}

// Cloud is the resource's cloud: "aws", "gcp" or "".
func (r *Resource) Cloud() string {
	cloud, _, _ := strings.Cut(r.Type, ":")
	if cloud == "aws" || cloud == "gcp" {
		return cloud
	}
	return ""
}

// Component says that the resource is no cloud's and no program's: a component,
// a provider or the stack itself.
func (r *Resource) Component() bool {
	return strings.HasPrefix(r.Type, "pulumi:") || strings.Count(r.Type, "/") == 0
}

// stackType is the resource that stands for the stack; its outputs are the stack's.
const stackType = "pulumi:pulumi:Stack"

// IsStack says whether the resource stands for the stack.
func (r *Resource) IsStack() bool { return r.Type == stackType }

// Stack is all resources of a stack.
type Stack struct {
	// Project and Name, such as "spotgrid" and "aws-dev".
	Project, Name string
	Resources     []*Resource
}

// Of lists the resources of the types.
func (s *Stack) Of(types ...string) []*Resource {
	var found []*Resource
	for _, r := range s.Resources {
		if slices.Contains(types, r.Type) {
			found = append(found, r)
		}
	}
	return found
}

// Reference says how sure it is that one resource was made of another.
type Reference int

// References. Maybe is when the property is not known and nothing was recorded
// about what it will be made of.
const (
	No Reference = iota
	Maybe
	Yes
)

// Identities are the properties that a resource is named by elsewhere.
var Identities = []string{"arn", "id", "name", "url", "selfLink", "bucket", "email"}

// Refer says whether the property of a resource, by its path, was made of another
// resource. Pulumi records by which top-level property a resource waits for which
// others; where it recorded nothing, as in a program that passes names as texts,
// a value that names the other resource counts.
func Refer(from *Resource, path string, to *Resource) Reference {
	top, _, _ := strings.Cut(path, ".")
	recorded := from.Refers[top]
	if slices.Contains(recorded, to.URN) {
		return Yes
	}
	v := from.Props.At(path)
	found := false
	v.Each("", func(_ string, text Value) {
		t, _ := text.AsText()
		found = found || names(to, t)
	})
	switch {
	case found:
		return Yes
	case len(recorded) == 0 && v.HasUnknown():
		return Maybe
	}
	return No
}

// names says whether a text names the resource: is one of its identities, or ends
// a path or an ARN with it.
func names(r *Resource, text string) bool {
	for _, key := range Identities {
		id, ok := r.Props.Key(key).AsText()
		if !ok || id == "" {
			continue
		}
		for rest := text; ; {
			i := strings.Index(rest, id)
			if i < 0 {
				break
			}
			before, after := rest[:i], rest[i+len(id):]
			if !inWord(last(before)) && !inWord(first(after)) {
				return true
			}
			rest = after
		}
	}
	return false
}

func first(s string) byte {
	if s == "" {
		return ' '
	}
	return s[0]
}

func last(s string) byte {
	if s == "" {
		return ' '
	}
	return s[len(s)-1]
}

// inWord says whether a name goes on with the letter.
func inWord(b byte) bool {
	return b == '-' || b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
