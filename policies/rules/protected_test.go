package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestWhatHoldsSomethingIsProtected(t *testing.T) {
	safe := of(awsQueue, "queue", `{"name":"q"}`)
	safe.Protect = true
	table(t, statefulProtected, []example{
		{name: "protected", stack: []*policy.Resource{safe}},
		{name: "not protected", stack: some(awsFiles, `{"name":"f"}`), want: []string{"option protect is false, want true"}},
		{name: "what holds nothing", stack: some(awsGroup, `{}`)},
		{name: "agreed", options: options{"types": []any{awsGroup}}, stack: some(awsGroup, `{}`), want: []string{"protect"}},
	})
}
