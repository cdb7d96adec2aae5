package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestInterfaceEndpointsAreFew(t *testing.T) {
	group := of(awsGroup, "group", `{}`)
	endpoint := func(name string) *policy.Resource { return of(awsEndpoint, name, `{"vpcEndpointType":"Interface"}`) }
	table(t, interfaceEndpoints, []example{
		{name: "a gateway endpoint costs nothing", stack: []*policy.Resource{of(awsEndpoint, "s3", `{"vpcEndpointType":"Gateway"}`), of(awsEndpoint, "ddb", `{}`)}},
		{name: "one", stack: []*policy.Resource{group, endpoint("sqs")}, want: []string{"it is interface endpoint 1 of the stack, want no more than 0"}},
		{name: "one that was agreed", options: options{"most": 1.0}, stack: []*policy.Resource{group, endpoint("sqs")}},
		{name: "two where one was agreed", options: options{"most": 1.0}, stack: []*policy.Resource{group, endpoint("sqs"), endpoint("logs")}, want: []string{"endpoint 2 of the stack"}},
		{name: "without machines", options: options{"most": 1.0}, stack: []*policy.Resource{endpoint("sqs")}, want: []string{"no machine of the stack is behind the endpoint"}},
		{name: "unknown", stack: []*policy.Resource{group, of(awsEndpoint, "x", `{"vpcEndpointType":"?"}`)}, undecided: []string{"vpcEndpointType"}},
	})
}
