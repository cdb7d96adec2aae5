package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// isDeadQueue says whether another queue on SQS sends its dead letters to the queue.
func isDeadQueue(q *policy.Check) policy.Reference {
	sure := policy.No
	for _, other := range q.Of(awsQueue) {
		if other.Resource != q.Resource {
			sure = max(sure, policy.Refer(other.Resource, "redrivePolicy", q.Resource))
		}
	}
	return sure
}

// role is what a topic of Pub/Sub is for.
type role struct{ dead, notices policy.Reference }

// roleOf a topic: it takes the dead letters of a subscription, or it is what alarms
// and budgets tell.
func roleOf(topic *policy.Check) role {
	return role{
		dead:    anyOf(referrers(topic, "deadLetterPolicy", gcpSubscription)),
		notices: max(anyOf(referrers(topic, "labels", gcpChannel)), anyOf(referrers(topic, "allUpdatesRule", gcpBudget))),
	}
}

// anyOf says whether something refers, of what refer and referrers give.
func anyOf(found []*policy.Check, maybe bool) policy.Reference {
	switch {
	case len(found) > 0:
		return policy.Yes
	case maybe:
		return policy.Maybe
	}
	return policy.No
}
