package rules

import (
	"regexp"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// said are what an alarm has to say, and how it is recognized.
var said = []struct {
	what    string
	labels  []string
	pattern *regexp.Regexp
}{
	{"an owner", []string{"owner"}, regexp.MustCompile(`(?i)\bowner:\s*\S`)},
	{"a link to a runbook", []string{"runbook"}, regexp.MustCompile(`(?i)\brunbook:\s*https://\S+`)},
	{"the consequence if nobody does anything", []string{"consequence"}, regexp.MustCompile(`(?i)\bconsequence:\s*\S`)},
}

// alarmText: who is woken has to know whose it is, what to do, and whether it can
// wait.
var alarmText = policy.Rule{
	Name: "alarm-text", Area: policy.Alerts, Level: policy.Mandatory, Severity: policy.Medium,
	Doc: "Every alarm says who answers for it, where it is written what to do (`Runbook: https://…`) and what happens if nobody does anything " +
		"(`Consequence: …`), in its description, its documentation or its tags.",
	Types: []string{awsAlarm, awsScaling, gcpAlert},
	Whole: func(c *policy.Check) {
		for _, a := range alarms(c) {
			path := "alarmDescription"
			if a.Resource.Type == gcpAlert {
				path = "documentation.content"
			}
			description, ok := a.Text(path, "")
			for _, s := range said {
				if !ok || s.pattern.MatchString(description) || tagged(a, s.labels) {
					continue
				}
				a.Violation(path, s.what, "write it as `Owner: …`, `Runbook: https://…`, `Consequence: …`")
			}
		}
	},
}

// tagged says whether one of the tags is there, or may be.
func tagged(c *policy.Check, keys []string) bool {
	for _, key := range keys {
		if v := tag(c, key); v.Kind() == policy.Unknown || text(v) != "" {
			return true
		}
	}
	return false
}
