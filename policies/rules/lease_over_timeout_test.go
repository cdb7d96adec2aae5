package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestALeaseOutlastsACall(t *testing.T) {
	calls := func(lease, timeout string) []*policy.Resource {
		return []*policy.Resource{
			of(awsQueue, "queue", lease), of(awsFunction, "function", timeout), of(awsFunction, "other", `{"name":"g","timeout":900}`),
			of(awsEventSource, "source", `{"eventSourceArn":"?","functionName":"f"}`, "eventSourceArn>queue"),
		}
	}
	push := func(deadline, timeout string) []*policy.Resource {
		return []*policy.Resource{of(gcpService, "service", timeout), of(gcpSubscription, "push", deadline, "pushConfig>service")}
	}
	table(t, leaseOverTimeout, []example{
		{name: "six times", stack: calls(`{"visibilityTimeoutSeconds":60}`, `{"name":"f","timeout":10}`)},
		{name: "less", stack: calls(`{"visibilityTimeoutSeconds":59}`, `{"name":"f","timeout":10}`), want: []string{"visibilityTimeoutSeconds is 59, want 60 or more, 6 times the timeout of function function"}},
		{name: "agreed", options: options{"factor": 1.0}, stack: calls(`{"visibilityTimeoutSeconds":10}`, `{"name":"f","timeout":10}`)},
		{name: "defaults", stack: calls(`{}`, `{"name":"f"}`)},
		{name: "a default lease that is just enough", stack: calls(`{}`, `{"name":"f","timeout":5}`)},
		{name: "a default lease that is just too short", options: options{"factor": 31.0}, stack: calls(`{}`, `{"name":"f","timeout":1}`), want: []string{"want 31 or more"}},
		{name: "a default timeout", stack: calls(`{"visibilityTimeoutSeconds":18}`, `{"name":"f"}`)},
		{name: "a default deadline that is just enough", stack: push(`{}`, `{"template":{"timeout":"10s"}}`)},
		{name: "a default deadline that is just too short", stack: push(`{}`, `{"template":{"timeout":"11s"}}`), want: []string{"want 11 or more"}},
		{name: "a default lease", stack: calls(`{}`, `{"name":"f","timeout":6}`), want: []string{"want 36 or more"}},
		{name: "unknown", stack: calls(`{"visibilityTimeoutSeconds":"?"}`, `{"name":"f","timeout":10}`), undecided: []string{"visibilityTimeoutSeconds"}},
		{name: "a push", stack: push(`{"ackDeadlineSeconds":60}`, `{"template":{"timeout":"60s"}}`)},
		{name: "a short push", stack: push(`{"ackDeadlineSeconds":59}`, `{"template":{"timeout":"60s"}}`), want: []string{"ackDeadlineSeconds is 59, want 60 or more, the timeout of service service"}},
		{name: "defaults of a push", stack: push(`{}`, `{}`), want: []string{"want 300 or more"}},
		{name: "a strange timeout", stack: push(`{}`, `{"template":{"timeout":"soon"}}`), undecided: []string{"template.timeout is no duration"}},
	})
}
