package rules

import "testing"

func TestGroupsSpanZones(t *testing.T) {
	table(t, severalZones, []example{
		{name: "two", stack: some(awsGroup, `{"vpcZoneIdentifiers":["?","?"]}`)},
		{name: "one", stack: some(awsGroup, `{"vpcZoneIdentifiers":["?"]}`), want: []string{"vpcZoneIdentifiers has 1, want 2 or more"}},
		{name: "two by name", stack: some(awsGroup, `{"availabilityZones":["a","b"]}`)},
		{name: "agreed", options: options{"leastZones": 3.0}, stack: some(awsGroup, `{"availabilityZones":["a","b"]}`), want: []string{"availabilityZones has 2, want 3"}},
		{name: "none", stack: some(awsGroup, `{}`), want: []string{"availabilityZones has 0"}},
		{name: "unknown", stack: some(awsGroup, `{"vpcZoneIdentifiers":"?"}`), undecided: []string{"vpcZoneIdentifiers"}},
		{name: "the whole region", stack: some(gcpGroup, `{}`)},
		{name: "one of the region", stack: some(gcpGroup, `{"distributionPolicyZones":["a"]}`), want: []string{"distributionPolicyZones has 1"}},
		{name: "a group of a zone", stack: some(gcpZoneGroup, `{}`), want: []string{"it is a group in one zone"}},
		{name: "files of a zone", stack: some(awsFiles, `{"availabilityZoneName":"a"}`)},
		{name: "files of a zone that have to outlive it", options: options{"files": true}, stack: some(awsFiles, `{"availabilityZoneName":"a"}`), want: []string{"availabilityZoneName"}},
		{name: "files of the region", options: options{"files": true}, stack: some(awsFiles, `{}`)},
		{name: "zonal files", stack: some(gcpFiles, `{"tier":"ZONAL"}`)},
		{name: "zonal files that have to outlive it", options: options{"files": true}, stack: some(gcpFiles, `{"tier":"ZONAL"}`), want: []string{`tier is "ZONAL", want REGIONAL`}},
		{name: "regional files", options: options{"files": true}, stack: some(gcpFiles, `{"tier":"REGIONAL"}`)},
		{name: "regional files by their old name", options: options{"files": true}, stack: some(gcpFiles, `{"tier":"ENTERPRISE"}`)},
	})
}
