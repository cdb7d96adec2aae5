package rules

import "github.com/spotgrid/spotgrid/policies/policy"

const (
	tokens   = "metadataOptions.httpTokens"
	required = "required"
)

// imdsv2: by version 1, any request that a program can be made to send reads the
// machine's credentials.
var imdsv2 = policy.Rule{
	Name: "imds-v2", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:     "The metadata service of machines on AWS wants a session token (IMDSv2) and answers the machine only.",
	Types:   []string{awsTemplate, awsLaunchConfig, awsInstance},
	Options: []policy.Option{{Name: "mostHops", Default: 2.0, Min: 1, Max: 64, Doc: "network hops of an answer: 1 for the machine, 2 with containers on it"}},
	Each: func(c *policy.Check) {
		if endpoint, ok := c.Text("metadataOptions.httpEndpoint", "enabled"); !ok || endpoint == "disabled" {
			return
		}
		if t, ok := c.Text(tokens, "optional"); ok && t != required {
			c.Violation(tokens, required, "set it")
		}
		if n, ok := c.Number("metadataOptions.httpPutResponseHopLimit", 1); ok && n > c.Option("mostHops") {
			c.Violation("metadataOptions.httpPutResponseHopLimit", "no more than "+number(c.Option("mostHops")), "lower it")
		}
	},
}

// mendIMDSv2 sets what imdsv2 wants.
var mendIMDSv2 = policy.Rule{
	Name: "mend-imds-v2", Area: policy.Security, Level: policy.Remediate, Severity: policy.High, Checks: "imds-v2",
	Doc:   "Sets the session token of the metadata service (IMDSv2) where it is not required.",
	Types: imdsv2.Types,
	Mend: func(c *policy.Check) (policy.Value, bool) {
		if endpoint, ok := c.Text("metadataOptions.httpEndpoint", "enabled"); !ok || endpoint == "disabled" {
			return policy.Value{}, false
		}
		if t, ok := c.Text(tokens, "optional"); !ok || t == required {
			return policy.Value{}, false
		}
		return c.Resource.Props.With(tokens, policy.Of(required)), true
	},
}
