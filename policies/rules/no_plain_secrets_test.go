package rules

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// secrets are made up, of parts, so that nobody who scans these files takes them for
// real ones.
var secrets = map[string]string{
	"an access key of AWS":              "AKIA" + "IOSFODNN7EXAMPLE",
	"a secret key of AWS":               "aws_secret_access_key = " + strings.Repeat("aB3/", 10),
	"a private key":                     "-----BEGIN RSA " + "PRIVATE KEY-----",
	"a key of a Google service account": `"private_key_id": "` + strings.Repeat("a1", 20) + `"`,
	"a Google API key":                  "AIza" + strings.Repeat("b", 35),
	"a token of GitHub":                 "ghp_" + strings.Repeat("c", 36),
	"a token of GitLab":                 "glpat-" + strings.Repeat("d", 20),
	"a token of Slack":                  "xoxb-" + strings.Repeat("1", 10),
	"a webhook of Slack":                "hooks.slack.com/services/T1/B1/" + strings.Repeat("e", 20),
	"a key of Stripe":                   "sk_live_" + strings.Repeat("f", 20),
	"a token of Pulumi":                 "pul-" + strings.Repeat("0a", 20),
	"a token (JWT)":                     "eyJ" + strings.Repeat("g", 10) + ".eyJ" + strings.Repeat("h", 10) + "." + strings.Repeat("i", 10),
	"a password in a URL":               "postgres://me:hunter22" + "@db",
	"a password":                        "DB_PASSWORD=hunter2222",
}

func TestSecretsAreRecognized(t *testing.T) {
	t.Parallel()
	assert.Len(t, secrets, len(secretPatterns), "one of each kind")
	for what, secret := range secrets {
		assert.Equal(t, what, secretIn("some text\n"+secret+"\nmore"), what)
		assert.Equal(t, what, secretIn(base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\n"+secret))), "%s in Base64", what)
	}
	for _, plain := range []string{
		"", "Zm9vYmFy", "token: $TOKEN", "X-aws-ec2-metadata-token: $TOKEN", "password=${PASSWORD}", "https://example.com:443/a", "AKIA", "secret = <none>",
		"curl -H \"X-aws-ec2-metadata-token-ttl-seconds: 60\"", "GOMEMLIMIT=115MiB", "sqs://sqs.us-east-1.amazonaws.com/123456789012/jobs", "token=short",
	} {
		assert.Empty(t, secretIn(plain), plain)
	}
}

func TestNoSecretStandsInPlainText(t *testing.T) {
	key := secrets["an access key of AWS"]
	table(t, noPlainSecrets, []example{
		{name: "where a secret is", stack: some(awsFunction, `{"environment":{"variables":{"DB_SECRET_ARN":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:grid-token-AbCdEf"}}}`)},
		{name: "user data without", stack: some(awsTemplate, `{"userData":"IyEvYmluL3NoCmVjaG8gaGVsbG8gd29ybGQK"}`)},
		{name: "user data", stack: some(awsTemplate, replace(`{"userData":"export KEY=%"}`, key)), want: []string{"userData holds an access key of AWS, want none"}},
		{name: "an environment", stack: some(awsFunction, replace(`{"environment":{"variables":{"A":"b","KEY":"%"}}}`, key)), want: []string{"environment.variables.KEY holds"}},
		{name: "a telling name", stack: some(awsFunction, `{"environment":{"variables":{"DB_PASSWORD":"hunter2"}}}`), want: []string{"environment.variables.DB_PASSWORD holds what its name calls a secret"}},
		{name: "where a secret is", stack: some(awsFunction, `{"environment":{"variables":{"DB_PASSWORD":"arn:aws:secretsmanager:x","API_TOKEN":"","TOKENS":"five"}}}`)},
		{name: "a container's variable", stack: some(gcpService, `{"template":{"containers":[{"envs":[{"name":"API_KEY","value":"abc"},{"name":"REGION","value":"abc"}]}]}}`), want: []string{"template.containers.0.envs.0.value holds"}},
		{name: "metadata", stack: some(gcpTemplate, replace(`{"metadata":{"startup-script":"x\n%"}}`, key)), want: []string{"metadata.startup-script holds"}},
		{name: "an output", stack: some("pulumi:pulumi:Stack", replace(`{"grid":{"key":"%"}}`, key)), want: []string{"output grid.key holds an access key of AWS, want none: take it out, or make it a secret"}},
		{name: "a secret output", stack: some("pulumi:pulumi:Stack", replace(`{"grid":{"key":"!%"}}`, key))},
		{name: "a secret in user data", stack: some(awsInstance, replace(`{"userData":"!%"}`, key)), want: []string{"userData holds"}},
		{name: "what has the name of a value", stack: some("pulumi:pulumi:Stack", `{"a":{"value":"x"},"value":"y"}`)},
		{name: "unknown", stack: some(awsTemplate, `{"userData":"?"}`)},
	})
}

func TestWhatWasFoundIsNeverShown(t *testing.T) {
	t.Parallel()
	for what, secret := range secrets {
		stack := some(awsFunction, `{"environment":{"variables":{"TOKEN":"x"}}}`)
		stack = with(stack, 0, "environment.variables.TOKEN", marked(secret))
		for _, v := range run(t, noPlainSecrets, nil, stack).Violations {
			assert.NotContains(t, v.Message, secret, what)
			assert.NotContains(t, v.Message, secret[len(secret)-8:], what)
		}
	}
}
