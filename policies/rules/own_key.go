package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const awsBucketKey = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"

// keyPlaces are the properties that name the key of what is stored.
var keyPlaces = map[string]string{
	awsFiles: "kmsKeyId", awsQueue: "kmsMasterKeyId", awsTopic: "kmsMasterKeyId", awsLogs: "kmsKeyId", awsFunction: "kmsKeyArn",
	awsBucketKey:  "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
	awsRepository: "encryptionConfigurations.0.kmsKey",
	gcpFiles:      "kmsKeyName", gcpTopic: "kmsKeyName", gcpBucket: "encryption.defaultKmsKeyName", gcpRepository: "kmsKeyName",
	gcpLogs: "cmekSettings.kmsKeyName", gcpService: "template.encryptionKey",
}

// ownKey: a key of one's own can be taken back, and each use of it is in the log.
var ownKey = policy.Rule{
	Name: "own-key", Area: policy.Security, Level: policy.Disabled, Severity: policy.Medium,
	Doc:   "Everything that is stored is encrypted with the stack's own key, whose every use is logged and which can be taken back.",
	Types: append(sortedKeys(keyPlaces), awsTemplate, gcpTemplate),
	Each: func(c *policy.Check) {
		want := func(path string) {
			if c.Value(path).Empty() {
				c.Violation(path, "the stack's key", "pass the key on")
			}
		}
		switch c.Resource.Type {
		case awsTemplate:
			for _, d := range disks(c) {
				want(d.path + "kmsKeyId")
			}
		case gcpTemplate:
			items, _ := c.Items("disks")
			for i := range items {
				want("disks." + strconv.Itoa(i) + ".diskEncryptionKey.kmsKeySelfLink")
			}
		default:
			want(keyPlaces[c.Resource.Type])
		}
	},
}
