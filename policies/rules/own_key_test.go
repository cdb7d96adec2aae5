package rules

import "testing"

func TestTheStacksKeyEncrypts(t *testing.T) {
	examples := []example{
		{name: "a template", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"kmsKeyId":"k"}}]}`)},
		{name: "a template without", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"encrypted":true}}]}`), want: []string{"blockDeviceMappings.0.ebs.kmsKeyId is missing"}},
		{name: "a Google template", stack: some(gcpTemplate, `{"disks":[{"diskEncryptionKey":{"kmsKeySelfLink":"k"}}]}`)},
		{name: "a Google template without", stack: some(gcpTemplate, `{"disks":[{"diskEncryptionKey":{"kmsKeySelfLink":"k"}},{}]}`), want: []string{"disks.1.diskEncryptionKey.kmsKeySelfLink is missing"}},
		{name: "an unknown key is one", stack: some(awsQueue, `{"kmsMasterKeyId":"?"}`)},
		{name: "a bucket's", stack: some(awsBucketKey, `{"rules":[{"applyServerSideEncryptionByDefault":{"kmsMasterKeyId":"k"}}]}`)},
	}
	for kind, path := range keyPlaces {
		examples = append(examples, example{name: "none of " + kind, stack: some(kind, `{"name":"it"}`), want: []string{path + " is missing, want the stack's key"}})
	}
	table(t, ownKey, examples)
}
