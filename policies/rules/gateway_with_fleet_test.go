package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestGatewaysStandWhereMachinesAre(t *testing.T) {
	group, nat, another := of(awsGroup, "group", `{}`), of(awsNAT, "nat", `{}`), of(awsNAT, "nat-2", `{}`)
	table(t, gatewayWithFleet, []example{
		{name: "with a fleet", stack: []*policy.Resource{group, nat}},
		{name: "without", stack: []*policy.Resource{nat}, want: []string{"no machine of the stack is behind the gateway"}},
		{name: "with a fleet in another cloud", stack: []*policy.Resource{nat, of(gcpGroup, "g", `{}`)}, want: []string{"no machine"}},
		{name: "two", stack: []*policy.Resource{group, nat, another}, want: []string{"it is NAT gateway 2 of the stack, want no more than 1"}},
		{name: "two that were agreed", options: options{"most": 2.0}, stack: []*policy.Resource{group, nat, another}},
		{name: "on Google Cloud", stack: []*policy.Resource{of(gcpInstance, "m", `{}`), of(gcpNAT, "n", `{}`), of(gcpNAT, "n-2", `{}`)}},
		{name: "without on Google Cloud", stack: []*policy.Resource{of(gcpNAT, "n", `{}`)}, want: []string{"no machine"}},
	})
}
