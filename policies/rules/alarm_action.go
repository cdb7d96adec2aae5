package rules

import (
	"github.com/spotgrid/spotgrid/policies/policy"
)

// alarmAction: an alarm without one is a light in an empty room.
var alarmAction = policy.Rule{
	Name: "alarm-action", Area: policy.Alerts, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Every alarm tells somebody: it has an action or a channel, is switched on, and whom it tells exists.",
	Types: []string{awsAlarm, awsScaling, awsTopic, awsSubscription, gcpAlert, gcpChannel},
	Whole: func(c *policy.Check) {
		for _, a := range alarms(c) {
			actions, on := "alarmActions", "actionsEnabled"
			if a.Resource.Type == gcpAlert {
				actions, on = "notificationChannels", "enabled"
			}
			if a.Value(actions).Empty() {
				a.Violation(actions, "somebody who is told", "name a topic or a channel")
			}
			if enabled, ok := a.Bool(on, true); ok && !enabled {
				a.Violation(on, "true", "switch it on, or take the alarm away")
			}
			topics, _ := refer(a, actions, awsTopic)
			for _, t := range topics {
				if heard, maybe := referrers(t, "topic", awsSubscription); len(heard) == 0 && !maybe {
					a.Say("%s is a topic without a subscription, want one that somebody hears: add a subscription to %s", actions, t.Resource.Name)
				}
			}
		}
	},
}
