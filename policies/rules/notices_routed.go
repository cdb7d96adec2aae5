package rules

import (
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// noticesRouted: one mailbox that nobody reads must not cost a night's machines.
var noticesRouted = policy.Rule{
	Name: "notices-routed", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc: "What the cloud says of retirements and failing hardware reaches several subscribers, of which one is no person: " +
		"a queue, a log, a function or a webhook.",
	Types: append([]string{awsEventRule, awsEventTarget, awsTopic, awsSubscription, gcpAlert, gcpChannel}, groups...),
	Options: []policy.Option{
		{Name: "leastSubscribers", Default: 2.0, Min: 1, Max: 20, Doc: "subscribers that notices reach, people or not"},
	},
	Whole: func(c *policy.Check) {
		if len(c.Of(awsGroup)) > 0 {
			routed(c, "aws", c.Of(awsEventRule), healthOf, awsSubscribers)
		}
		if len(c.Of(gcpGroup, gcpZoneGroup)) > 0 {
			routed(c, "gcp", c.Of(gcpAlert), eventsOf, gcpSubscribers)
		}
	},
}

// subscribers counts who is told; unsure says that there may be more.
type subscribers struct {
	people, others int
	unsure         bool
}

func (s subscribers) all() int { return s.people + s.others }

// routed wants one of the rules to be of notices, and to tell enough.
func routed(c *policy.Check, cloud string, rules []*policy.Check, about func(*policy.Check) policy.Reference, told func(*policy.Check) subscribers) {
	var best subscribers
	var on *policy.Check
	for _, r := range rules {
		switch about(r) {
		case policy.Maybe:
			best.unsure = true
		case policy.Yes:
			s := told(r)
			s.unsure = s.unsure || best.unsure
			if on == nil || s.all() > best.all() {
				best, on = s, r
			}
		}
	}
	few := float64(best.all()) < c.Option("leastSubscribers")
	switch {
	case on != nil && !few && best.others > 0:
	case best.unsure:
		c.Undecided("the way of notices from "+cloud, "is not known yet")
	case on == nil:
		c.Say("the stack has machines in %s and nothing routes notices of their retirement, want a rule: give the grid a watch", cloud)
	case few:
		on.Say("notices reach %d subscribers, want %s or more: add one", best.all(), number(c.Option("leastSubscribers")))
	default:
		on.Say("notices reach people only, want one subscriber that is none: add a queue, a log or a webhook")
	}
}

func healthOf(r *policy.Check) policy.Reference {
	return mentions(r.Value("eventPattern"), `"aws.health"`)
}

// eventsOf says whether an alert is on what happens to machines.
func eventsOf(a *policy.Check) policy.Reference {
	return max(mentions(a.Value("conditions"), "compute.instances.hostError"), mentions(a.Value("conditions"), "compute.instances.terminateOnHostMaintenance"))
}

// people are who reads what is sent this way.
var people = []string{"email", "email-json", "sms", "google_chat", "slack"}

// awsSubscribers counts the targets of a rule: of a topic its subscriptions, else
// the target itself, which is no person.
func awsSubscribers(r *policy.Check) (s subscribers) {
	targets, maybe := referrers(r, "rule", awsEventTarget)
	s.unsure = maybe
	for _, t := range targets {
		topics, perhaps := refer(t, "arn", awsTopic)
		switch {
		case len(topics) > 0:
		case perhaps:
			s.unsure = true
		default:
			s.others++
		}
		for _, topic := range topics {
			subscriptions, more := referrers(topic, "topic", awsSubscription)
			s.unsure = s.unsure || more
			s.count(subscriptions, "protocol")
		}
	}
	return s
}

func gcpSubscribers(a *policy.Check) (s subscribers) {
	channels, maybe := refer(a, "notificationChannels", gcpChannel)
	s.unsure = maybe
	s.count(channels, "type")
	return s
}

// count takes each down by the property that says how it is told.
func (s *subscribers) count(told []*policy.Check, property string) {
	for _, t := range told {
		switch kind, ok := t.Text(property, ""); {
		case !ok || kind == "":
			s.unsure = true
		case slices.Contains(people, strings.ToLower(kind)):
			s.people++
		default:
			s.others++
		}
	}
}
