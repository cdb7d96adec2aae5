package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// alarms lists the alarms that are for people: on AWS those that do more than scale
// a group.
func alarms(c *policy.Check) (all []*policy.Check) {
	for _, a := range c.Of(awsAlarm) {
		switch anyOf(refer(a, "alarmActions", awsScaling)) {
		case policy.No:
			all = append(all, a)
		case policy.Maybe:
			a.Undecided("alarmActions", "may be to scale a group and is not known yet")
		}
	}
	return append(all, c.Of(gcpAlert)...)
}
