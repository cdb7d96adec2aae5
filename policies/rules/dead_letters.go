package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// queueDeadLetters: without one a job that kills its worker comes back for ever.
var queueDeadLetters = policy.Rule{
	Name: "queue-dead-letters", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Every queue gives up a job after some tries and keeps it in a dead-letter queue, which itself has a reader.",
	Types: []string{awsQueue, gcpTopic, gcpSubscription},
	Whole: func(c *policy.Check) {
		for _, q := range c.Of(awsQueue) {
			kept(q, isDeadQueue(q), "redrivePolicy", "a dead-letter queue", "add a queue for what is given up, and name it here")
		}
		for _, s := range c.Of(gcpSubscription) {
			subscriptionDead(s)
		}
		for _, t := range c.Of(gcpTopic) {
			if roleOf(t).dead != policy.Yes {
				continue
			}
			// A topic without a subscription drops what it is sent.
			if readers, maybe := referrers(t, "topic", gcpSubscription); len(readers) == 0 && !maybe {
				t.Say("no subscription keeps the dead letters of the topic, want one: without it they are lost")
			}
		}
	},
}

// subscriptionDead lets be what reads dead letters or notices.
func subscriptionDead(s *policy.Check) {
	topics, maybe := refer(s, "topic", gcpTopic)
	excused := anyOf(nil, maybe && len(topics) == 0)
	for _, t := range topics {
		is := roleOf(t)
		excused = max(excused, is.dead, is.notices)
	}
	kept(s, excused, "deadLetterPolicy", "a dead-letter topic", "add a topic for what is given up, and name it here")
}

// kept wants the property, unless the queue is excused: it holds dead letters or
// notices itself.
func kept(q *policy.Check, excused policy.Reference, path, want, fix string) {
	switch {
	case excused == policy.Yes || !q.Value(path).Empty():
	case excused == policy.Maybe:
		q.Undecided(path, "is missing, and whether it is a queue of dead letters is not known yet")
	default:
		q.Violation(path, want, fix)
	}
}
