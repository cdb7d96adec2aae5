package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// noWildcards: what a statement allows by a wildcard nobody has listed, and it
// grows with each new action of a service.
var noWildcards = policy.Rule{
	Name: "no-wildcards", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc: "No statement of a policy allows actions, resources or callers by a wildcard; every resource only under a condition, everybody only under one on who calls. " +
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
			c.Say("%s allows action %s, want actions in full: list those that are called", s.at, s.quote(a))
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
	if everybody(s.Principal) && !limitsCallers(s.Condition) {
		c.Say("%s allows everybody, want callers by name, or a condition on who calls: name who calls", s.at)
	}
	if len(s.Condition) > 0 {
		return
	}
	// A key's policy has no other name for the key than *.
	if ofKey := c.Resource.Type == awsKey || c.Resource.Type == "aws:kms/keyPolicy:KeyPolicy"; !ofKey {
		for _, r := range texts(s.Resource) {
			if allOf(r) {
				c.Say("%s allows resource %s, want names, or a condition: name what it is about", s.at, s.quote(r))
			}
		}
	}
}

// callerKeys are the keys of conditions that say who calls, or from where (IAM user
// guide, global condition keys; KMS and EFS, condition keys). One such as
// aws:SecureTransport lets everybody in.
var callerKeys = regexp.MustCompile(`(?i)^(?:aws:(?:principal(?:orgid|orgpaths|arn|account)|source(?:arn|account|vpc|vpce|orgid|orgpaths|ip|owner)|userid)` +
	`|kms:calleraccount|elasticfilesystem:accessedviamounttarget)$`)

// limitsCallers says whether a condition names callers: by an operator that does not
// turn it round, and not all of them.
func limitsCallers(condition map[string]map[string]any) bool {
	for operator, keys := range condition {
		if strings.Contains(operator, "Not") || operator == "Null" || strings.HasSuffix(operator, "IfExists") {
			continue
		}
		for key, value := range keys {
			if callerKeys.MatchString(key) && !slices.ContainsFunc(texts(value), isAnybody) {
				return true
			}
		}
	}
	return false
}

func isAnybody(value string) bool {
	return strings.Trim(value, "*") == "" || slices.Contains(anywhere, value)
}

// allOf says whether a resource is everything, or everything of a service.
func allOf(r string) bool {
	if strings.Trim(r, "*") == "" {
		return true
	}
	part := strings.SplitN(r, ":", 6) // arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME
	return len(part) == 6 && part[0] == "arn" && strings.Trim(part[5], "*:/") == ""
}
