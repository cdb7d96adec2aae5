package rules

import "testing"

func TestRootIsNotRootOfTheFiles(t *testing.T) {
	table(t, rootSquash, []example{
		{name: "squashed", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"squashMode":"ROOT_SQUASH"}]}}`)},
		{name: "not squashed", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{"squashMode":"ROOT_SQUASH"},{"squashMode":"NO_ROOT_SQUASH"}]}}`), want: []string{`nfsExportOptions.1.squashMode is "NO_ROOT_SQUASH"`}},
		{name: "the default", stack: some(gcpFiles, `{"fileShares":{"nfsExportOptions":[{}]}}`), want: []string{"squashMode is missing"}},
		{name: "no options", stack: some(gcpFiles, `{"fileShares":[{"name":"grid"}]}`), want: []string{"fileShares.0.nfsExportOptions is missing"}},
		{name: "unknown", stack: some(gcpFiles, `{"fileShares":"?"}`), undecided: []string{"nfsExportOptions"}},
		{name: "a door", stack: some(awsDoor, `{"posixUser":{"uid":10001,"gid":10001}}`)},
		{name: "a door for root", stack: some(awsDoor, `{"posixUser":{"uid":0,"gid":0}}`), want: []string{"posixUser.uid is 0"}},
		{name: "a door for all", stack: some(awsDoor, `{}`), want: []string{"posixUser is missing"}},
	})
}
