package rules

import "testing"

func TestSpotIsNotTakenFromTheCheapestPool(t *testing.T) {
	table(t, spotAllocation, []example{
		{name: "price and capacity", stack: mixed(`{"spotAllocationStrategy":"price-capacity-optimized"}`)},
		{name: "capacity", stack: mixed(`{"spotAllocationStrategy":"capacity-optimized"}`)},
		{name: "the cheapest", stack: mixed(`{"spotAllocationStrategy":"lowest-price"}`), want: []string{`spotAllocationStrategy is "lowest-price"`}},
		{name: "the default", stack: mixed(`{"a":1}`), want: []string{"spotAllocationStrategy is missing"}},
		{name: "no spot", stack: some(awsGroup, `{}`)},
		{name: "unknown", stack: mixed(`{"spotAllocationStrategy":"?"}`), undecided: []string{"spotAllocationStrategy"}},
		{name: "a fleet", stack: some(awsSpotFleet, `{"allocationStrategy":"priceCapacityOptimized"}`)},
		{name: "the cheapest of a fleet", stack: some(awsSpotFleet, `{"allocationStrategy":"lowestPrice"}`), want: []string{"lowestPrice"}},
		{name: "agreed", options: options{"allowed": []any{"diversified"}}, stack: some(awsSpotFleet, `{"allocationStrategy":"diversified"}`)},
	})
}
