package rules

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// secretPatterns recognize secrets by how they look. Sources: the formats that AWS,
// Google, GitHub, GitLab, Slack, Stripe and Pulumi document for their keys, and PEM.
var secretPatterns = []struct {
	what    string
	pattern *regexp.Regexp
}{
	{"an access key of AWS", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"a secret key of AWS", regexp.MustCompile(`(?i)aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?[0-9a-z/+]{40}`)},
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----`)},
	{"a key of a Google service account", regexp.MustCompile(`"private_key_id"\s*:\s*"[0-9a-f]{40}"`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`)},
	{"a token of GitHub", regexp.MustCompile(`\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{60,})\b`)},
	{"a token of GitLab", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20,}`)},
	{"a token of Slack", regexp.MustCompile(`\bxox[abprs]-[0-9A-Za-z-]{10,}`)},
	{"a webhook of Slack", regexp.MustCompile(`hooks\.slack\.com/services/T[0-9A-Z]+/B[0-9A-Z]+/[0-9A-Za-z]{20,}`)},
	{"a key of Stripe", regexp.MustCompile(`\b[rs]k_live_[0-9A-Za-z]{20,}`)},
	{"a token of Pulumi", regexp.MustCompile(`\bpul-[0-9a-f]{40}\b`)},
	{"a token (JWT)", regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}`)},
	{"a password in a URL", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"'$]+:[^/\s:@"'${]{3,}@`)},
	{"a password", regexp.MustCompile(`(?i)\b(?:[a-z0-9]+[_-])*(?:password|passwd|secret|token|api_?key)["']?\s*[:=]\s*["']?[^\s"'$<>{}()\\,;]{8,}`)},
}

// secretName is the name of a variable whose value is a secret.
var secretName = regexp.MustCompile(`(?i)(?:^|[_-])(?:password|passwd|secret|secret_?key|private_?key|token|api_?key|access_?key)$`)

// arn is the name of a resource on AWS, which is no secret although it may be that of
// one: arn:aws:secretsmanager:eu-west-1:1:secret:database.
var arn = regexp.MustCompile(`\barn:[a-z-]+:[a-z0-9-]+:[^\s"']*`)

// reference is a value that says where a secret is, and is none.
var reference = regexp.MustCompile(`^(?:arn:|projects/|https?://|resolve:|ssm:|/|\$)|^$`)

// secretIn says what secret a text holds; "" if none. Text in Base64, as user data
// is, is looked at both ways.
func secretIn(text string) string {
	for _, t := range []string{text, decoded(text)} {
		t = arn.ReplaceAllString(t, "arn:")
		for _, p := range secretPatterns {
			if p.pattern.MatchString(t) {
				return p.what
			}
		}
	}
	return ""
}

// decoded is what a text says in Base64; "" if it is none.
func decoded(text string) string {
	const shortest = 16
	if len(text) < shortest {
		return ""
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return ""
	}
	return string(b)
}
