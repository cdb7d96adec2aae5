package rules

import "testing"

func TestWhatIsStoredIsEncrypted(t *testing.T) {
	table(t, encrypted, []example{
		{name: "files", stack: some(awsFiles, `{"encrypted":true}`)},
		{name: "plain files", stack: some(awsFiles, `{"encrypted":false}`), want: []string{"encrypted is false"}},
		{name: "files that say nothing", stack: some(awsFiles, `{}`), want: []string{"encrypted is missing"}},
		{name: "a queue", stack: some(awsQueue, `{}`)},
		{name: "a plain queue", stack: some(awsQueue, `{"sqsManagedSseEnabled":false}`), want: []string{"sqsManagedSseEnabled is false"}},
		{name: "a queue with a key", stack: some(awsQueue, `{"sqsManagedSseEnabled":false,"kmsMasterKeyId":"k"}`)},
		{name: "a queue with an unknown key", stack: some(awsQueue, `{"sqsManagedSseEnabled":false,"kmsMasterKeyId":"?"}`), undecided: []string{"kmsMasterKeyId"}},
		{name: "a disk", stack: some(awsDisk, `{"encrypted":true}`)},
		{name: "a plain disk", stack: some(awsDisk, `{"encrypted":false}`), want: []string{"encrypted is false"}},
		{name: "a template's disk", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"volumeType":"gp3"}}]}`), want: []string{"blockDeviceMappings.0.ebs.encrypted is missing"}},
		{name: "an encrypted template's disk", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"encrypted":"true"}}]}`)},
		{name: "unknown", stack: some(awsDisk, `{"encrypted":"?"}`), undecided: []string{"encrypted"}},
	})
}
