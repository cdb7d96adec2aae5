package rules

import (
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// noWildcards: what a statement allows by a wildcard nobody has listed, and it
// grows with each new action of a service.
var noWildcards = policy.Rule{
	Name: "no-wildcards", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc: "No statement of a policy allows actions, resources or callers by a wildcard; every resource and everybody only under a condition. " +
		"A role of Google Cloud lists its permissions.",
	Types: documentTypes,
	Each: func(c *policy.Check) {
		for _, path := range documents[c.Resource.Type] {
			all, _ := statements(c, path)
			for _, s := range all {
				if s.allows() {
					wildcards(c, s)
				}
			}
		}
	},
}

func wildcards(c *policy.Check, s statement) {
	for _, a := range texts(s.Action) {
		if strings.ContainsAny(a, "*?") {
			c.Say("%s allows action %q, want actions in full: list those that are called", s.at, a)
		}
	}
	for _, not := range []struct {
		part string
		is   any
	}{{"NotAction", s.NotAction}, {"NotResource", s.NotResource}, {"NotPrincipal", s.NotPrincipal}} {
		if not.is != nil {
			c.Say("%s allows all but its %s, want what it allows: list it", s.at, not.part)
		}
	}
	if len(s.Condition) > 0 {
		return
	}
	// A key's policy has no other name for the key than *.
	if ofKey := c.Resource.Type == awsKey || c.Resource.Type == "aws:kms/keyPolicy:KeyPolicy"; !ofKey {
		for _, r := range texts(s.Resource) {
			if allOf(r) {
				c.Say("%s allows resource %q, want names, or a condition: name what it is about", s.at, r)
			}
		}
	}
	if everybody(s.Principal) {
		c.Say("%s allows everybody, want callers by name, or a condition: name who calls", s.at)
	}
}

// allOf says whether a resource is everything, or everything of a service.
func allOf(r string) bool {
	if strings.Trim(r, "*") == "" {
		return true
	}
	part := strings.SplitN(r, ":", 6) // arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME
	return len(part) == 6 && part[0] == "arn" && strings.Trim(part[5], "*:/") == ""
}
