package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// deadLetterAlarm: a dead letter that nobody sees is a job that was lost.
var deadLetterAlarm = policy.Rule{
	Name: "dead-letter-alarm", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Every dead-letter queue has an alarm on what is in it.",
	Types: []string{awsQueue, awsAlarm, gcpTopic, gcpSubscription, gcpAlert},
	Whole: func(c *policy.Check) {
		for _, q := range c.Of(awsQueue) {
			if isDeadQueue(q) == policy.Yes {
				alarmed(q, []string{"dimensions", "metricQueries"}, awsAlarm)
			}
		}
		for _, s := range c.Of(gcpSubscription) {
			topics, _ := refer(s, "topic", gcpTopic)
			for _, t := range topics {
				if roleOf(t).dead == policy.Yes {
					alarmed(s, []string{"conditions"}, gcpAlert)
				}
			}
		}
	},
}

// alarmed wants an alarm of the type that names the queue in one of the properties.
func alarmed(q *policy.Check, properties []string, kind string) {
	unsure := false
	for _, p := range properties {
		found, maybe := referrers(q, p, kind)
		if len(found) > 0 {
			return
		}
		unsure = unsure || maybe
	}
	if unsure {
		q.Undecided(properties[0], "of an alarm is not known yet")
		return
	}
	q.Say("no alarm looks at the dead-letter queue, want one on the letters in it: let a watch look at its queue")
}
