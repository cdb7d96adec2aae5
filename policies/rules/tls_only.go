package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// policiesOf are the types that hold the policy of a resource, and the property by
// which they name it.
var policiesOf = map[string]struct{ property, kind string }{
	awsQueue:     {"queueUrl", "aws:sqs/queuePolicy:QueuePolicy"},
	awsTopic:     {"arn", "aws:sns/topicPolicy:TopicPolicy"},
	awsBucket:    {"bucket", "aws:s3/bucketPolicy:BucketPolicy"},
	awsBucketOld: {"bucket", "aws:s3/bucketPolicy:BucketPolicy"},
	awsFiles:     {"fileSystemId", "aws:efs/fileSystemPolicy:FileSystemPolicy"},
}

// tlsOnly: AWS takes plain text where a policy does not refuse it.
var tlsOnly = policy.Rule{
	Name: "tls-only", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Queues, topics, buckets and file systems on AWS refuse calls without TLS; on Google Cloud there are none.",
	Types: append(sortedKeys(policiesOf), policyKinds()...),
	Whole: func(c *policy.Check) {
		for _, kind := range sortedKeys(policiesOf) {
			of := policiesOf[kind]
			for _, r := range c.Of(kind) {
				holders := companion(r, of.property, of.kind, "no policy that refuses calls without TLS", "add a statement that denies all where aws:SecureTransport is false")
				refused := len(holders) == 0
				for _, h := range holders {
					all, ok := statements(h, "policy")
					refused = refused || !ok || slices.ContainsFunc(all, refusesPlainText)
				}
				if !refused {
					r.Say("its policy takes calls without TLS, want a statement that denies all where aws:SecureTransport is false: add one")
				}
			}
		}
	},
}

func policyKinds() (all []string) {
	for _, kind := range sortedKeys(policiesOf) {
		if k := policiesOf[kind].kind; !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

func refusesPlainText(s statement) bool {
	secure := s.Condition["Bool"]["aws:SecureTransport"]
	return s.Effect == "Deny" && everybody(s.Principal) && (secure == false || slices.Contains(texts(secure), "false"))
}
