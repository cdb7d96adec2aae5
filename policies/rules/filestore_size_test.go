package rules

import "testing"

func TestFilestoreIsNoLargerThanNeeded(t *testing.T) {
	table(t, filestoreSize, []example{
		{name: "the smallest", stack: some(gcpFiles, `{"fileShares":{"capacityGb":1024}}`)},
		{name: "one more", stack: some(gcpFiles, `{"fileShares":{"capacityGb":1025}}`), want: []string{"fileShares.capacityGb is 1025, want no more than 1024"}},
		{name: "as a list", stack: some(gcpFiles, `{"fileShares":[{"capacityGb":2048}]}`), want: []string{"fileShares.0.capacityGb is 2048"}},
		{name: "many files", options: options{"filesGiB": 5000.0}, stack: some(gcpFiles, `{"fileShares":{"capacityGb":5000}}`)},
		{name: "few files", options: options{"filesGiB": 10.0}, stack: some(gcpFiles, `{"fileShares":{"capacityGb":1024}}`)},
		{name: "many machines", options: options{"clients": 2001.0}, stack: some(gcpFiles, `{"fileShares":{"capacityGb":1280}}`)},
		{name: "not so many machines", options: options{"clients": 2000.0}, stack: some(gcpFiles, `{"fileShares":{"capacityGb":1280}}`), want: []string{"no more than 1024"}},
		{name: "unknown", stack: some(gcpFiles, `{"fileShares":"?"}`), undecided: []string{"fileShares.capacityGb"}},
	})
}
