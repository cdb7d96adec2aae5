package rules

import (
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// everybodyGCP are the members that are anybody, and anybody with an account.
var everybodyGCP = []string{"allUsers", "allAuthenticatedUsers"}

// noPublicPrincipals: whoever finds the address is let in, and billed to us.
var noPublicPrincipals = policy.Rule{
	Name: "no-public-principals", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc: "Nothing is open to everybody: no member allUsers, no function permission for *, no function URL without identity, no public repository.",
	Each: func(c *policy.Check) {
		switch kind := c.Resource.Type; {
		case kind == "aws:lambda/permission:Permission":
			if p, ok := c.Text("principal", ""); ok && p == "*" {
				c.Violation("principal", "a caller by name", "name the service or account that calls")
			}
		case kind == awsFunctionURL:
			if a, ok := c.Text("authorizationType", "NONE"); ok && a != "AWS_IAM" {
				c.Violation("authorizationType", "AWS_IAM", "let callers sign their calls")
			}
		case strings.HasPrefix(kind, "aws:ecrpublic/"):
			c.Say("it is an image repository for everybody, want a private one: use aws:ecr")
		case strings.HasPrefix(kind, "gcp:") && (strings.Contains(kind, "IAM") || strings.Contains(kind, "Iam")):
			publicMembers(c)
		case kind == gcpService:
			if off, ok := c.Bool("invokerIamDisabled", false); ok && off {
				c.Violation("invokerIamDisabled", "false", "let callers show who they are")
			}
		}
	},
}

func publicMembers(c *policy.Check) {
	if m, ok := c.Text("member", ""); ok && slices.Contains(everybodyGCP, m) {
		c.Violation("member", "an account by name", "name who calls")
	}
	members, _ := c.Items("members")
	for _, m := range members {
		if slices.Contains(everybodyGCP, text(m)) {
			c.Violation("members", "accounts by name", "name who calls")
		}
	}
}
