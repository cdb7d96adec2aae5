// Package policydoc writes AWS policy documents (IAM policies, trust policies,
// resource policies) of statements that each say why they are there.
package policydoc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Statement is one statement of a policy.
type Statement struct {
	// Sid names the statement: letters and digits, unique in its document.
	Sid string
	// Reason says why it has to be there. It is for readers and reviews: AWS
	// has no field for it.
	Reason string
	// Deny turns the statement from an allowance into a refusal.
	Deny bool
	// Principal is who is meant, such as {"Service": ...}; nil in a policy
	// that hangs on a role, where it is that role.
	Principal map[string]pulumi.StringInput
	// Actions in full, such as "sqs:SendMessage": wildcards are refused.
	Actions []string
	// Resources in full; "*" is refused without a condition. Empty in a trust
	// policy, which is about the role it hangs on.
	Resources []pulumi.StringInput
	// Conditions by operator, then by key.
	Conditions map[string]map[string]pulumi.StringInput
}

// Document renders statements as a policy. All faults of all statements come
// in one error, before anything is registered.
func Document(statements ...Statement) (pulumi.StringOutput, error) {
	var faults []error
	seen := map[string]bool{}
	list := make(pulumi.Array, 0, len(statements))
	for _, s := range statements {
		if err := s.check(); err != nil {
			faults = append(faults, fmt.Errorf("statement %q: %w", s.Sid, err))
		}
		if seen[s.Sid] {
			faults = append(faults, fmt.Errorf("statement %q is there twice", s.Sid))
		}
		seen[s.Sid] = true
		list = append(list, s.render())
	}
	if len(statements) == 0 {
		faults = append(faults, errors.New("a policy needs a statement"))
	}
	if err := errors.Join(faults...); err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("writing policy: %w", err)
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String("2012-10-17"), "Statement": list}), nil
}

func (s Statement) check() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	need(s.Sid != "", "it has no sid")
	need(s.Reason != "", "it has no reason")
	need(len(s.Actions) > 0, "it has no action")
	need(len(s.Resources) > 0 || s.Principal != nil, "it has neither a resource nor a principal")
	for _, a := range s.Actions {
		need(strings.Contains(a, ":") && !strings.ContainsAny(a, "*?"), "action is %q, want service:Action without a wildcard", a)
	}
	if slices.Contains(s.Resources, pulumi.StringInput(pulumi.String("*"))) {
		need(len(s.Conditions) > 0, "resource is * without a condition")
	}
	return errors.Join(faults...)
}

func (s Statement) render() pulumi.Map {
	m := pulumi.Map{"Sid": pulumi.String(s.Sid), "Effect": pulumi.String("Allow"), "Action": pulumi.ToStringArray(s.Actions)}
	if s.Deny {
		m["Effect"] = pulumi.String("Deny")
	}
	if s.Principal != nil {
		m["Principal"] = pulumi.StringMap(s.Principal)
	}
	if len(s.Resources) > 0 {
		m["Resource"] = pulumi.StringArray(s.Resources)
	}
	if len(s.Conditions) > 0 {
		conditions := pulumi.Map{}
		for operator, keys := range s.Conditions {
			conditions[operator] = pulumi.StringMap(keys)
		}
		m["Condition"] = conditions
	}
	return m
}
