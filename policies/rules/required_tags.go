package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// tagPlace is the property that holds a type's tags or labels; types that are not
// here cannot carry any, or are not of this project's stacks.
var tagPlace = map[string]string{
	awsTemplate: "tags", awsInstance: "tags", awsDisk: "tags", awsNAT: "tags", awsEndpoint: "tags", awsFiles: "tags", awsQueue: "tags", awsTopic: "tags",
	awsBucket: "tags", awsBucketOld: "tags", awsRepository: "tags", awsLogs: "tags", awsAlarm: "tags", awsFunction: "tags", awsKey: "tags", awsRole: "tags",
	awsSecurityGroup: "tags", awsBudget: "tags", awsAnomalies: "tags", "aws:ec2/vpc:Vpc": "tags", "aws:ec2/subnet:Subnet": "tags",
	gcpTemplate: "labels", gcpInstance: "labels", gcpFiles: "labels", gcpTopic: "labels", gcpSubscription: "labels", gcpBucket: "labels",
	gcpRepository: "labels", gcpService: "labels", gcpKey: "labels", gcpAlert: "userLabels", gcpChannel: "userLabels",
}

// requiredKeys are what components put on everything.
var requiredKeys = []any{"project", "stack", "owner", "cost-centre"}

// requiredTags: a bill is read by tags, and a resource without an owner is nobody's.
var requiredTags = policy.Rule{
	Name: "required-tags", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:     "Everything that can carry tags or labels says what it belongs to, who answers for it and who pays.",
	Types:   append([]string{awsGroup}, sortedKeys(tagPlace)...),
	Options: []policy.Option{{Name: "keys", Default: requiredKeys, Doc: "tags or labels that have to be there"}},
	Each: func(c *policy.Check) {
		for _, key := range missingTags(c) {
			c.Say("%s has no %q, want it: pass the stack's tags on", place(c), key)
		}
	},
}

func place(c *policy.Check) string {
	if c.Resource.Type == awsGroup {
		return "tags"
	}
	return tagPlace[c.Resource.Type]
}

// missingTags lists the keys that are surely not there.
func missingTags(c *policy.Check) (missing []string) {
	if !c.Known(place(c)) {
		return nil
	}
	tags := c.Value(place(c))
	for _, key := range c.OptionTexts("keys") {
		if slices.Contains(tags.Keys(), key) ||
			slices.ContainsFunc(tags.Items(), func(v policy.Value) bool { return text(v.Key("key")) == key || v.HasUnknown() }) {
			continue
		}
		missing = append(missing, key)
	}
	return missing
}

// mendTags adds the tags that the configuration knows. Auto Scaling groups are left
// alone: their list also says what machines inherit.
var mendTags = policy.Rule{
	Name: "mend-tags", Area: policy.Cost, Level: policy.Remediate, Severity: policy.Medium, Checks: "required-tags",
	Doc:   "Adds tags or labels that are missing: project and stack by themselves, others by the values of the configuration.",
	Types: sortedKeys(tagPlace),
	Options: []policy.Option{
		{Name: "keys", Default: requiredKeys, Doc: "tags or labels that have to be there"},
		{Name: "values", Default: map[string]any{}, Doc: "values by key, for what is missing"},
	},
	Mend: func(c *policy.Check) (policy.Value, bool) {
		values := c.OptionObject("values")
		values["project"], values["stack"] = c.Stack.Project, c.Stack.Name
		mended, changed := c.Resource.Props, false
		for _, key := range missingTags(c) {
			if v := values[key]; v != "" {
				mended, changed = mended.With(place(c)+"."+key, policy.Of(v)), true
			}
		}
		return mended, changed
	},
}
