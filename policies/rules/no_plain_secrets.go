package rules

import (
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// plainPlaces are the properties that everybody reads who may look at a machine, a
// function or a stack.
var plainPlaces = map[string][]string{
	awsTemplate: {"userData", "tags"}, awsLaunchConfig: {"userData", "userDataBase64"}, awsInstance: {"userData", "userDataBase64", "tags"},
	awsFunction: {"environment.variables", "tags"}, awsEventTarget: {"input"}, "aws:scheduler/schedule:Schedule": {"target.input"},
	gcpTemplate: {"metadata", "metadataStartupScript", "labels"}, gcpInstance: {"metadata", "metadataStartupScript", "labels"},
	gcpService: {"template.containers"}, "gcp:cloudscheduler/job:Job": {"httpTarget"},
	"aws:ssm/parameter:Parameter": {"insecureValue"}, "aws:ecs/taskDefinition:TaskDefinition": {"containerDefinitions"},
	"pulumi:pulumi:Stack": {""},
}

// noPlainSecrets: who may describe a machine reads its user data, and who may read
// the state its outputs.
var noPlainSecrets = policy.Rule{
	Name: "no-plain-secrets", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc:   "No key, token or password stands in user data, environment variables, metadata, payloads, tags or outputs of the stack. What was found is never shown.",
	Types: sortedKeys(plainPlaces),
	Whole: func(c *policy.Check) {
		for _, kind := range sortedKeys(plainPlaces) {
			for _, r := range c.Of(kind) {
				for _, path := range plainPlaces[kind] {
					findSecrets(r, path)
				}
			}
		}
	},
}

func findSecrets(c *policy.Check, place string) {
	isOutput := c.Resource.IsStack()
	c.Value(place).Each(place, func(path string, v policy.Value) {
		if isOutput && v.Secret() {
			return // Pulumi encrypts it in the state and shows it to nobody
		}
		t := text(v)
		what := secretIn(t)
		if what == "" && secretName.MatchString(variable(c, path)) && !reference.MatchString(t) {
			what = "what its name calls a secret"
		}
		if what == "" {
			return
		}
		fix := "keep it in a secret store, and hand over its name"
		if isOutput {
			path, fix = "output "+path, "take it out, or make it a secret of Pulumi"
		}
		c.Hidden(path, "holds "+what, "none", fix)
	})
}

// variable is the name of what a path leads to: a key, or the name beside a value
// in a list.
func variable(c *policy.Check, path string) string {
	parts := strings.Split(path, ".")
	last := parts[len(parts)-1]
	if last != "value" || len(parts) < 2 {
		return last
	}
	if _, err := strconv.Atoi(parts[len(parts)-2]); err != nil {
		return last
	}
	return text(c.Value(strings.TrimSuffix(path, "value") + "name"))
}
