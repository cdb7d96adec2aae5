package rules

import (
	"encoding/json"
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// document is a resource with a policy of statements in JSON.
func document(kind, property, statements string) []*policy.Resource {
	b, err := json.Marshal(map[string]string{property: `{"Version":"2012-10-17","Statement":` + statements + `}`})
	if err != nil {
		panic(err)
	}
	return some(kind, string(b))
}

func TestNoPolicyAllowsByWildcards(t *testing.T) {
	const rolePolicy = "aws:iam/rolePolicy:RolePolicy"
	allow := func(rest string) []*policy.Resource {
		return document(rolePolicy, "policy", `[{"Sid":"A","Effect":"Allow",`+rest+`}]`)
	}
	table(t, noWildcards, []example{
		{name: "in full", stack: allow(`"Action":["sqs:SendMessage"],"Resource":"arn:aws:sqs:us-east-1:123456789012:jobs"`)},
		{name: "an action", stack: allow(`"Action":"sqs:*","Resource":"arn:aws:sqs:us-east-1:123456789012:jobs"`), want: []string{`policy statement "A" allows action "sqs:*"`}},
		{name: "one letter of an action", stack: allow(`"Action":["sqs:SendMessage?"],"Resource":"arn:aws:sqs:us-east-1:123456789012:jobs"`), want: []string{`"sqs:SendMessage?"`}},
		{name: "every resource", stack: allow(`"Action":["sqs:SendMessage"],"Resource":"*"`), want: []string{`allows resource "*"`}},
		{name: "every resource of a service", stack: allow(`"Action":["sqs:SendMessage"],"Resource":["arn:aws:sqs:us-east-1:123456789012:*"]`), want: []string{`allows resource "arn:aws:sqs`}},
		{name: "every name that goes on", stack: allow(`"Action":["sns:Publish"],"Resource":["arn:aws:sns:us-east-1:123456789012:*:*"]`), want: []string{`allows resource "arn:aws:sns`}},
		{name: "what is below one name", stack: allow(`"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::mine/*"]`)},
		{name: "what is in one group", stack: allow(`"Action":["logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:123456789012:log-group:mine:*"]`)},
		{name: "no ARN", stack: allow(`"Action":["a:B"],"Resource":["urn:aws:a:b:c:*"]`)},
		{name: "every resource under a condition", stack: allow(`"Action":["ec2:DescribeInstances"],"Resource":"*","Condition":{"StringEquals":{"a:b":"c"}}`)},
		{name: "an action under a condition", stack: allow(`"Action":["ec2:*"],"Resource":"*","Condition":{"StringEquals":{"a:b":"c"}}`), want: []string{"ec2:*"}},
		{name: "all but one", stack: allow(`"NotAction":["iam:CreateUser"],"NotResource":"a"`), want: []string{"all but its NotAction", "all but its NotResource"}},
		{name: "all but one caller", stack: allow(`"NotPrincipal":"a","Action":["a:B"],"Resource":"b"`), want: []string{"all but its NotPrincipal"}},
		{name: "a secret", stack: some(rolePolicy, `{"policy":"!{\"Statement\":[{\"Sid\":\"Hush\",\"Effect\":\"Allow\",\"Action\":\"hush:*\",\"Resource\":\"*\"}]}"}`), want: []string{"policy statement 0 allows action [secret]", "policy statement 0 allows resource [secret]"}},
		{name: "a refusal", stack: document(rolePolicy, "policy", `[{"Effect":"Deny","Action":"*","Resource":"*"}]`)},
		{name: "one statement", stack: document(rolePolicy, "policy", `{"Effect":"Allow","Action":"*","Resource":"a"}`), want: []string{`policy statement 0 allows action "*"`}},
		{name: "everybody", stack: document("aws:sqs/queuePolicy:QueuePolicy", "policy", `[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sqs:SendMessage"],"Resource":"a"}]`), want: []string{"allows everybody"}},
		{name: "everybody in short", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a"}]`), want: []string{"allows everybody"}},
		{name: "everybody of an account", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}}]`)},
		{name: "everybody with TLS", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]`), want: []string{"allows everybody"}},
		{name: "everybody but one account", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"StringNotEquals":{"aws:SourceAccount":"1"}}}]`), want: []string{"allows everybody"}},
		{name: "everybody from anywhere", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}}]`), want: []string{"allows everybody"}},
		{name: "everybody of any account", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"StringLike":{"aws:SourceAccount":"*"}}}]`), want: []string{"allows everybody"}},
		{name: "everybody who says it", stack: document(awsTopic, "policy", `[{"Effect":"Allow","Principal":"*","Action":["sns:Publish"],"Resource":"a","Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"1"}}}]`), want: []string{"allows everybody"}},
		{name: "everybody who mounts", stack: document("aws:efs/fileSystemPolicy:FileSystemPolicy", "policy", `[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["elasticfilesystem:ClientMount"],"Resource":"a","Condition":{"Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}}}]`)},
		{name: "a service", stack: document(awsRole, "assumeRolePolicy", `[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]`)},
		{name: "a key", stack: document(awsKey, "policy", `[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":["kms:Decrypt"],"Resource":"*"}]`)},
		{name: "a key for everybody", stack: document("aws:kms/keyPolicy:KeyPolicy", "policy", `[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["kms:Decrypt"],"Resource":"*"}]`), want: []string{"allows everybody"}},
		{name: "unknown", stack: some(rolePolicy, `{"policy":"?"}`), undecided: []string{"policy is not known yet"}},
		{name: "missing", stack: some(rolePolicy, `{}`)},
		{name: "no JSON", stack: some(rolePolicy, `{"policy":"{"}`), undecided: []string{"policy is no policy document"}},
		{name: "no statements", stack: some(rolePolicy, `{"policy":"{}"}`), undecided: []string{"policy is no policy document"}},
		{name: "strange statements", stack: document(rolePolicy, "policy", `[{"Effect":7}]`), undecided: []string{"policy is no policy document"}},
		{name: "logs", stack: document("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument", `[{"Effect":"Allow","Principal":"a","Action":"logs:*","Resource":"a"}]`), want: []string{"policyDocument statement 0"}},
	})
}
