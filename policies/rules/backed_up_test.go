package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestFilesAreBackedUp(t *testing.T) {
	files, share := of(awsFiles, "files", `{"id":"fs-1"}`), of(gcpFiles, "files", `{"name":"grid-files"}`)
	bucket := of(awsBucket, "bucket", `{"bucket":"b"}`)
	table(t, backedUp, []example{
		{name: "EFS", stack: []*policy.Resource{files, of(awsBackup, "b", `{"fileSystemId":"fs-1","backupPolicy":{"status":"ENABLED"}}`)}},
		{name: "EFS switched off", stack: []*policy.Resource{files, of(awsBackup, "b", `{"fileSystemId":"fs-1","backupPolicy":{"status":"DISABLED"}}`)}, want: []string{`backupPolicy.status is "DISABLED"`}},
		{name: "EFS without", stack: []*policy.Resource{files}, want: []string{"it has no backup policy"}},
		{name: "Filestore", stack: []*policy.Resource{share, of(gcpBackup, "b", `{"sourceInstance":"projects/p/locations/l/instances/grid-files"}`)}},
		{name: "Filestore by a plan", stack: []*policy.Resource{share, of(gcpBackupPlan, "b", `{"resource":"instances/grid-files"}`)}},
		{name: "Filestore by a job", stack: []*policy.Resource{share, of(gcpSchedulerJob, "j", `{"httpTarget":{"uri":"https://backup-x.a.run.app","body":"instances/grid-files"}}`)}},
		{name: "Filestore by a job that names the same backup each day", stack: []*policy.Resource{share, of(gcpSchedulerJob, "j", `{"httpTarget":{"uri":"https://file.googleapis.com/v1/projects/p/locations/l/backups?backupId=x","body":"instances/grid-files"}}`)}, want: []string{"nothing backs the instance up"}},
		{name: "Filestore by a job of others", stack: []*policy.Resource{share, of(gcpSchedulerJob, "j", `{"httpTarget":{"uri":"https://backup-x.a.run.app","body":"instances/grid-files-2"}}`)}, want: []string{"nothing backs the instance up"}},
		{name: "Filestore without", stack: []*policy.Resource{share}, want: []string{"nothing backs the instance up"}},
		{name: "Filestore, unknown", stack: []*policy.Resource{share, of(gcpBackup, "b", `{"sourceInstance":"?"}`)}, undecided: []string{"sourceInstance of a backup"}},
		{name: "a bucket", stack: []*policy.Resource{bucket, of(awsVersions, "v", `{"bucket":"b","versioningConfiguration":{"status":"Enabled"}}`)}},
		{name: "a bucket without", stack: []*policy.Resource{bucket}, want: []string{"it has no versioning"}},
		{name: "a bucket where it was stopped", stack: []*policy.Resource{bucket, of(awsVersions, "v", `{"bucket":"b","versioningConfiguration":{"status":"Suspended"}}`)}, want: []string{"Suspended"}},
		{name: "a bucket with its own", stack: some(awsBucketOld, `{"versioning":{"enabled":true}}`)},
		{name: "a Google bucket", stack: some(gcpBucket, `{"versioning":{"enabled":true}}`)},
		{name: "a Google bucket without", stack: some(gcpBucket, `{"name":"b"}`), want: []string{"versioning.enabled is missing"}},
	})
}
