package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const (
	awsBackup       = "aws:efs/backupPolicy:BackupPolicy"
	awsVersions     = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	gcpBackup       = "gcp:filestore/backup:Backup"
	gcpSchedulerJob = "gcp:cloudscheduler/job:Job"
	gcpBackupPlan   = "gcp:backupdisasterrecovery/backupPlanAssociation:BackupPlanAssociation"
)

// backedUp: a volume that survives a zone does not survive a wrong rm.
var backedUp = policy.Rule{
	Name: "backed-up", Area: policy.Reliability, Level: policy.Disabled, Severity: policy.High,
	Doc:   "Files are backed up and buckets keep what was overwritten: EFS by its backup policy, Filestore by backups, a plan or a job, buckets by versions.",
	Types: []string{awsFiles, awsBackup, awsBucket, awsBucketOld, awsVersions, gcpFiles, gcpBackup, gcpBackupPlan, gcpSchedulerJob, gcpBucket},
	Whole: func(c *policy.Check) {
		for _, f := range c.Of(awsFiles) {
			for _, b := range companion(f, "fileSystemId", awsBackup, "no backup policy", "add one with status ENABLED") {
				if status, ok := b.Text("backupPolicy.status", ""); ok && status != "ENABLED" {
					b.Violation("backupPolicy.status", "ENABLED", "set it")
				}
			}
		}
		for _, f := range c.Of(gcpFiles) {
			filesKept(f)
		}
		for _, b := range c.Of(awsBucket, awsBucketOld) {
			if on, ok := b.Bool("versioning.enabled", false); on || !ok {
				continue
			}
			for _, v := range companion(b, "bucket", awsVersions, "no versioning", "add it with status Enabled") {
				if status, ok := v.Text("versioningConfiguration.status", ""); ok && status != "Enabled" {
					v.Violation("versioningConfiguration.status", "Enabled", "set it")
				}
			}
		}
		for _, b := range c.Of(gcpBucket) {
			if on, ok := b.Bool("versioning.enabled", false); ok && !on {
				b.Violation("versioning.enabled", "true", "set it")
			}
		}
	},
}

// filesKept wants a backup, a plan, or a job that names the instance to a function. A
// job that calls Filestore's own API works once: it sends the same backupId each time,
// and that name is then taken (projects.locations.backups.create).
func filesKept(f *policy.Check) {
	backups, maybe := referrers(f, "sourceInstance", gcpBackup)
	plans, unsure := referrers(f, "resource", gcpBackupPlan)
	jobs, perhaps := referrers(f, "httpTarget", gcpSchedulerJob)
	jobs = slices.DeleteFunc(jobs, func(j *policy.Check) bool {
		return mentions(j.Value("httpTarget.uri"), "file.googleapis.com") == policy.Yes
	})
	switch {
	case len(backups)+len(plans)+len(jobs) > 0:
	case maybe || unsure || perhaps:
		f.Undecided("sourceInstance", "of a backup is not known yet")
	default:
		f.Say("nothing backs the instance up, want a backup, a backup plan, or a job that tells a function to make one: add one that runs each day")
	}
}
