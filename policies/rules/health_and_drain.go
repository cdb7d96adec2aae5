package rules

import (
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const awsHook = "aws:autoscaling/lifecycleHook:LifecycleHook"

// healthAndDrain: a machine that is taken away in the middle of a job has to give
// it back, and one that is broken has to go.
var healthAndDrain = policy.Rule{
	Name: "health-and-drain", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc: "Groups replace machines that are broken and let a worker drain before its machine ends: on AWS by capacity rebalancing and a hook, " +
		"on Google Cloud by repair and by what a shutdown runs.",
	Types: []string{awsGroup, awsHook, gcpGroup, gcpZoneGroup, gcpTemplate},
	Whole: func(c *policy.Check) {
		for _, g := range c.Of(awsGroup) {
			if on, ok := g.Bool("capacityRebalance", false); ok && !on {
				g.Violation("capacityRebalance", "true", "set it, so that a machine at risk is replaced before it goes")
			}
			drains(g)
		}
		for _, g := range c.Of(gcpGroup, gcpZoneGroup) {
			if a, ok := g.Text("instanceLifecyclePolicy.defaultActionOnFailure", "REPAIR"); ok && a != "REPAIR" {
				g.Violation("instanceLifecyclePolicy.defaultActionOnFailure", "REPAIR", "let the group mend itself")
			}
		}
		for _, t := range c.Of(gcpTemplate) {
			shutsDown(t)
		}
	},
}

const terminating = "autoscaling:EC2_INSTANCE_TERMINATING"

// drains wants a hook on the end of machines that does not hold them when nobody
// answers.
func drains(g *policy.Check) {
	own, ok := g.Items("initialLifecycleHooks")
	for _, h := range own {
		if t := h.Key("lifecycleTransition"); t.Kind() == policy.Unknown || text(t) == terminating {
			return
		}
	}
	hooks, maybe := referrers(g, "autoscalingGroupName", awsHook)
	for _, h := range hooks {
		if t, sure := h.Text("lifecycleTransition", ""); !sure || t == terminating {
			if r, sure := h.Text("defaultResult", "ABANDON"); sure && r != "CONTINUE" {
				h.Violation("defaultResult", "CONTINUE", "set it, so that a machine whose worker is dead goes")
			}
			return
		}
	}
	if maybe || !ok {
		g.Undecided("autoscalingGroupName", "of a lifecycle hook is not known yet")
		return
	}
	g.Say("no lifecycle hook lets a worker drain, want one on %s: add it with the time that a drain takes", terminating)
}

// shutsDown wants something in a template's metadata that runs when the machine is
// told to stop: a shutdown script, or a service of systemd, which stops it.
func shutsDown(t *policy.Check) {
	metadata, ok := t.Object("metadata")
	if !ok {
		return
	}
	for _, key := range metadata.Keys() {
		v := metadata.Key(key)
		service := strings.HasSuffix(key, "-service") && (v.Kind() == policy.Unknown || strings.Contains(text(v), "[Service]"))
		if key == "shutdown-script" || service {
			return
		}
	}
	t.Say("metadata has nothing that runs when the machine is told to stop, want a shutdown-script or a service of systemd: let the worker give its jobs back")
}
