package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestMachinesDrainAndAreReplaced(t *testing.T) {
	group := of(awsGroup, "group", `{"name":"fleet","capacityRebalance":true}`)
	hook := func(properties string) []*policy.Resource {
		return []*policy.Resource{group, of(awsHook, "hook", replace(`{"autoscalingGroupName":"fleet",%}`, properties))}
	}
	table(t, healthAndDrain, []example{
		{name: "a hook", stack: hook(`"lifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING","defaultResult":"CONTINUE"`)},
		{name: "a hook that holds", stack: hook(`"lifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING"`), want: []string{"defaultResult is missing, want CONTINUE"}},
		{name: "a hook on the start", stack: hook(`"lifecycleTransition":"autoscaling:EC2_INSTANCE_LAUNCHING"`), want: []string{"no lifecycle hook lets a worker drain"}},
		{name: "no hook", stack: []*policy.Resource{group}, want: []string{"no lifecycle hook"}},
		{name: "a hook of its own", stack: some(awsGroup, `{"capacityRebalance":true,"initialLifecycleHooks":[{"lifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING"}]}`)},
		{name: "another hook of its own", stack: some(awsGroup, `{"capacityRebalance":true,"initialLifecycleHooks":[{"lifecycleTransition":"autoscaling:EC2_INSTANCE_LAUNCHING"}]}`), want: []string{"no lifecycle hook"}},
		{name: "an unknown hook", stack: []*policy.Resource{group, of(awsHook, "hook", `{"autoscalingGroupName":"?"}`)}, undecided: []string{"autoscalingGroupName of a lifecycle hook"}},
		{name: "no rebalancing", stack: append(hook(`"lifecycleTransition":"autoscaling:EC2_INSTANCE_TERMINATING","defaultResult":"CONTINUE"`)[1:], of(awsGroup, "group", `{"name":"fleet"}`)), want: []string{"capacityRebalance is missing"}},
		{name: "repair", stack: some(gcpGroup, `{"instanceLifecyclePolicy":{"defaultActionOnFailure":"REPAIR"}}`)},
		{name: "repair by default", stack: some(gcpZoneGroup, `{}`)},
		{name: "no repair", stack: some(gcpGroup, `{"instanceLifecyclePolicy":{"defaultActionOnFailure":"DO_NOTHING"}}`), want: []string{"DO_NOTHING"}},
		{name: "a shutdown script", stack: some(gcpTemplate, `{"metadata":{"shutdown-script":"x"}}`)},
		{name: "a service", stack: some(gcpTemplate, `{"metadata":{"worker-service":"[Unit]\n[Service]\n"}}`)},
		{name: "neither", stack: some(gcpTemplate, `{"metadata":{"worker-service":"none","startup-script":"[Service]"}}`), want: []string{"metadata has nothing that runs"}},
		{name: "no metadata", stack: some(gcpTemplate, `{}`), want: []string{"metadata has nothing"}},
	})
}
