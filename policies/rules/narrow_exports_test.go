package rules

import "testing"

func TestSharesAreExportedToTheMachinesOnly(t *testing.T) {
	table(t, narrowExports, []example{
		{name: "to a subnet", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"ipRanges":["10.20.0.0/20"]}]}}`)},
		{name: "to all", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"ipRanges":["10.20.0.0/20"]},{"ipRanges":["10.0.0.0/8","0.0.0.0/0"]}]}}`), want: []string{"nfsExportOptions.1.ipRanges is"}},
		{name: "to all, as the state has it", stack: some(gcpFiles, `{"fileShares":[{"nfsExportOptions":[{"ipRanges":["0.0.0.0/0"]}]}]}`), want: []string{"fileShares.0.nfsExportOptions.0.ipRanges is"}},
		{name: "to whom it does not say", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"squashMode":"ROOT_SQUASH"}]}}`), want: []string{"ipRanges is missing"}},
		{name: "unknown", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"ipRanges":"?"}]}}`), undecided: []string{"ipRanges"}},
		{name: "unknown shares", stack: some(gcpFiles, `{"fileShares":"?"}`), undecided: []string{"nfsExportOptions"}},
		{name: "no options, which root-squash refuses", stack: some(gcpFiles, `{"fileShares":{"name":"grid"}}`)},
		{name: "another file system", stack: some(awsFiles, `{}`)},
	})
}
