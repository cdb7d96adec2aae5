package rules

import (
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// backlogScaling: a group that follows processor load kills machines in the middle
// of a job and keeps idle ones.
var backlogScaling = policy.Rule{
	Name: "backlog-scaling", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Every group of machines follows the backlog of a queue: by scaling policies or an autoscaler on a queue's metric, or by a scaler function that names it.",
	Types: append(slices.Clone(groups), awsScaling, gcpAutoscaler, gcpZoneScaler, gcpService),
	Whole: func(c *policy.Check) {
		for _, g := range c.Of(awsGroup) {
			followed(g, "autoscalingGroupName", onQueue, awsScaling)
		}
		for _, g := range c.Of(gcpGroup, gcpZoneGroup) {
			by, maybe := referrers(g, "template", gcpService)
			switch {
			case len(by) > 0:
			case maybe && len(c.Of(gcpAutoscaler, gcpZoneScaler)) == 0:
				g.Undecided("template", "of a service that may scale the group is not known yet")
			default:
				followed(g, "target", onSubscription, gcpAutoscaler, gcpZoneScaler)
			}
		}
	},
}

// followed checks that a scaler of the types, which names the group in the
// property, looks at a backlog.
func followed(g *policy.Check, property string, looks func(*policy.Check) policy.Reference, types ...string) {
	scalers, maybe := referrers(g, property, types...)
	sure := policy.No
	for _, s := range scalers {
		sure = max(sure, looks(s))
	}
	switch {
	case sure == policy.Yes:
	case sure == policy.Maybe || maybe:
		g.Undecided(property, "of what scales the group is not known yet")
	case len(scalers) == 0:
		g.Say("nothing scales the group, want what follows the backlog of its queue: add a scaling policy on the queue's metric, or let the scaler function name it")
	default:
		g.Say("what scales the group does not look at a queue, want one that follows its backlog: replace metrics of load by those of the queue")
	}
}

// onQueue says whether a scaling policy looks at a queue: by target tracking, or as
// steps, whose alarm does.
func onQueue(s *policy.Check) policy.Reference {
	if alarms, maybe := referrers(s, "alarmActions", awsAlarm); len(alarms) > 0 || maybe {
		sure := policy.No
		for _, a := range alarms {
			sure = max(sure, mentions(a.Value("metricQueries"), "AWS/SQS"), mentions(a.Value("namespace"), "AWS/SQS"))
		}
		if sure == policy.No && maybe {
			return policy.Maybe
		}
		return sure
	}
	return mentions(s.Value("targetTrackingConfiguration"), "AWS/SQS")
}

func onSubscription(s *policy.Check) policy.Reference {
	return mentions(s.Value("autoscalingPolicy"), "pubsub.googleapis.com/subscription/")
}

// mentions says whether a text is somewhere in the value.
func mentions(v policy.Value, what string) policy.Reference {
	sure := policy.No
	if v.HasUnknown() {
		sure = policy.Maybe
	}
	v.Each("", func(_ string, t policy.Value) {
		if strings.Contains(text(t), what) {
			sure = policy.Yes
		}
	})
	return sure
}
