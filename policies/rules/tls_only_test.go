package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestPlainTextIsRefused(t *testing.T) {
	queue := of(awsQueue, "queue", `{"url":"https://queue"}`)
	holder := func(statements string) *policy.Resource {
		r := document("aws:sqs/queuePolicy:QueuePolicy", "policy", statements)[0]
		r.Props = r.Props.With("queueUrl", policy.Of("https://queue"))
		return r
	}
	const refuse = `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["sqs:SendMessage"],"Resource":"a","Condition":{"Bool":{"aws:SecureTransport":`
	table(t, tlsOnly, []example{
		{name: "refused", stack: []*policy.Resource{queue, holder(`[` + refuse + `"false"}}}]`)}},
		{name: "refused in other words", stack: []*policy.Resource{queue, holder(`[` + refuse + `false}}}]`)}},
		{name: "the wrong way round", stack: []*policy.Resource{queue, holder(`[` + refuse + `"true"}}}]`)}, want: []string{"its policy takes calls without TLS"}},
		{name: "allowed", stack: []*policy.Resource{queue, holder(`[{"Effect":"Allow","Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]`)}, want: []string{"takes calls without TLS"}},
		{name: "refused to one", stack: []*policy.Resource{queue, holder(`[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::1:root"},"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]`)}, want: []string{"takes calls without TLS"}},
		{name: "no statement", stack: []*policy.Resource{queue, holder(`[]`)}, want: []string{"takes calls without TLS"}},
		{name: "no policy", stack: []*policy.Resource{queue}, want: []string{"it has no policy that refuses calls without TLS"}},
		{name: "an unknown policy", stack: []*policy.Resource{queue, of("aws:sqs/queuePolicy:QueuePolicy", "p", `{"queueUrl":"https://queue","policy":"?"}`)}, undecided: []string{"policy is not known yet"}},
		{name: "the policy of an unknown queue", stack: []*policy.Resource{queue, of("aws:sqs/queuePolicy:QueuePolicy", "p", `{"queueUrl":"?","policy":"?"}`)}, undecided: []string{"queueUrl of"}},
		{name: "a topic, a bucket and files", stack: []*policy.Resource{of(awsTopic, "t", `{}`), of(awsBucket, "b", `{}`), of(awsBucketOld, "c", `{}`), of(awsFiles, "f", `{}`)}, want: []string{"no policy", "no policy", "no policy", "no policy"}},
		{name: "on Google Cloud", stack: some(gcpTopic, `{}`)},
	})
}
