package rules

import "testing"

func TestMachinesAreOfCurrentGenerations(t *testing.T) {
	table(t, currentGeneration, []example{
		{name: "current", stack: types("c7g.large", "m8g.large")},
		{name: "old", stack: types("c7g.large", "m4.large"), want: []string{`overrides.1.instanceType is "m4.large"`}},
		{name: "old on Google Cloud", stack: some(gcpInstance, `{"machineType":"zones/a/machineTypes/n1-standard-2"}`), want: []string{"in place of n1"}},
		{name: "current on Google Cloud", stack: some(gcpTemplate, `{"machineType":"n2-standard-2"}`)},
		{name: "called as an old one of AWS", stack: some(gcpTemplate, `{"machineType":"c4-standard-2"}`)},
		{name: "without a size", options: options{"old": []any{"odd"}}, stack: some(awsInstance, `{"instanceType":"odd"}`), want: []string{"odd"}},
		{name: "unknown", stack: some(awsInstance, `{"instanceType":"?"}`), undecided: []string{"instanceType"}},
	})
}
