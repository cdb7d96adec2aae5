package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// primitiveRoles may do nearly everything in a project.
var primitiveRoles = []string{"roles/owner", "roles/editor", "roles/viewer"}

// widePolicies are policies of AWS that allow all of an account or of a service.
var widePolicies = regexp.MustCompile(`/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess|.+FullAccess|ReadOnlyAccess)$`)

// noWideRoles: a role that can do everything does it once somebody else has it.
var noWideRoles = policy.Rule{
	Name: "no-wide-roles", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc: "Nobody has a role that may do all: no owner, editor or viewer of a project, no administrator and no full access to a service on AWS.",
	Each: func(c *policy.Check) {
		switch kind := c.Resource.Type; {
		case strings.HasPrefix(kind, "gcp:") && (strings.Contains(kind, "IAM") || strings.Contains(kind, "Iam")):
			if role, ok := c.Text("role", ""); ok && slices.Contains(primitiveRoles, role) {
				c.Violation("role", "a role of one service", "take the least predefined role, or make a custom one")
			}
		case strings.HasPrefix(kind, "aws:iam/"):
			if arn, ok := c.Text("policyArn", ""); ok && widePolicies.MatchString(arn) {
				c.Violation("policyArn", "a policy that lists what it allows", "write one with the actions that are called")
			}
			arns, _ := c.Items("managedPolicyArns")
			for i, arn := range arns {
				if widePolicies.MatchString(text(arn)) {
					c.Violation("managedPolicyArns."+strconv.Itoa(i), "a policy that lists what it allows", "write one with the actions that are called")
				}
			}
		}
	},
}
