package rules

import "testing"

func TestTheCloudRefusesToDelete(t *testing.T) {
	table(t, deletionProtection, []example{
		{name: "files", stack: some(gcpFiles, `{"deletionProtectionEnabled":true}`)},
		{name: "files that are not", stack: some(gcpFiles, `{}`), want: []string{"deletionProtectionEnabled is missing"}},
		{name: "a bucket", stack: some(awsBucket, `{"forceDestroy":false}`)},
		{name: "a bucket that says nothing", stack: some(awsBucket, `{}`)},
		{name: "a bucket that goes with all in it", stack: some(gcpBucket, `{"forceDestroy":true}`), want: []string{"forceDestroy is true"}},
		{name: "a repository that goes with all in it", stack: some(awsRepository, `{"forceDelete":true}`), want: []string{"forceDelete is true"}},
		{name: "a key", stack: some(awsKey, `{"deletionWindowInDays":30}`)},
		{name: "a key that says nothing", stack: some(awsKey, `{}`)},
		{name: "a key that goes soon", stack: some(awsKey, `{"deletionWindowInDays":29}`), want: []string{"deletionWindowInDays is 29, want 30 or more"}},
		{name: "a Google key", stack: some(gcpKey, `{"destroyScheduledDuration":"2592000s"}`)},
		{name: "a Google key that says nothing", stack: some(gcpKey, `{}`)},
		{name: "a Google key that goes soon", stack: some(gcpKey, `{"destroyScheduledDuration":"2591999s"}`), want: []string{`destroyScheduledDuration is "2591999s", want 2592000s or more`}},
		{name: "unknown", stack: some(gcpFiles, `{"deletionProtectionEnabled":"?"}`), undecided: []string{"deletionProtectionEnabled"}},
	})
}
