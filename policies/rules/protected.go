package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// stateful are resources whose loss is a loss of work or of what decrypts it.
var stateful = []any{
	awsFiles, awsQueue, awsKey, "aws:dynamodb/table:Table", "aws:rds/instance:Instance",
	gcpFiles, gcpTopic, gcpSubscription, gcpKey, "gcp:sql/databaseInstance:DatabaseInstance",
}

// statefulProtected: one `pulumi destroy` in the wrong terminal.
var statefulProtected = policy.Rule{
	Name: "stateful-protected", Area: policy.Reliability, Level: policy.Disabled, Severity: policy.High,
	Doc:     "What holds jobs, files or keys is protected from `pulumi destroy` and from being replaced.",
	Options: []policy.Option{{Name: "types", Default: stateful, Doc: "types of resources that hold something"}},
	Each: func(c *policy.Check) {
		for _, kind := range c.OptionTexts("types") {
			if kind == c.Resource.Type && !c.Resource.Protect {
				c.Say("option protect is false, want true: protect it, in the stack's configuration by protect: true")
			}
		}
	},
}
