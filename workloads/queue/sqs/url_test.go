package sqs

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]address{
		"sqs://sqs.eu-central-1.amazonaws.com/123456789012/jobs":                                  {host: "sqs.eu-central-1.amazonaws.com", region: "eu-central-1", account: "123456789012", name: "jobs", ofAWS: true},
		"sqs://sqs.eu-central-1.amazonaws.com/123456789012/jobs?region=eu-central-1":              {host: "sqs.eu-central-1.amazonaws.com", region: "eu-central-1", account: "123456789012", name: "jobs", ofAWS: true},
		"sqs://sqs.us-gov-west-1.amazonaws.com/123456789012/my_jobs-2":                            {host: "sqs.us-gov-west-1.amazonaws.com", region: "us-gov-west-1", account: "123456789012", name: "my_jobs-2", ofAWS: true},
		"sqs://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs":                                 {host: "sqs.cn-north-1.amazonaws.com.cn", region: "cn-north-1", account: "123456789012", name: "jobs", ofAWS: true},
		"sqs://vpce-1-x.sqs.us-east-1.vpce.amazonaws.com:8443/123456789012/jobs?region=us-east-1": {host: "vpce-1-x.sqs.us-east-1.vpce.amazonaws.com:8443", region: "us-east-1", account: "123456789012", name: "jobs"},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(raw)
			require.NoError(t, err)
			got, err := parse(u)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, "https://"+u.Host+u.Path, got.queueURL())
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
	for name, c := range map[string]struct {
		url  string
		want []string
	}{
		"another scheme":          {"https://sqs.eu-central-1.amazonaws.com/123456789012/jobs", []string{`scheme is "https", want sqs`}},
		"keys":                    {"sqs://AKIA:secret@sqs.eu-central-1.amazonaws.com/123456789012/jobs", []string{"it has a user or password, want none: credentials come from"}},
		"fragment":                {good + "#x", []string{`it has a fragment "x"`}},
		"unknown parameter":       {good + "?lease=10", []string{`parameter "lease" is unknown, want region`}},
		"two regions":             {good + "?region=us-east-1&region=us-east-2", []string{`region is ["us-east-1" "us-east-2"], want one`}},
		"no region by its form":   {good + "?region=here", []string{`region is ["here"], want one such as`}},
		"region and host differ":  {good + "?region=us-east-1", []string{`region is "us-east-1" but the host is in "eu-central-1"`}},
		"bad region in host":      {"sqs://sqs.here.amazonaws.com/123456789012/jobs", []string{`region in the host is "here"`}},
		"other host, no region":   {"sqs://127.0.0.1:5000/123456789012/jobs", []string{`host "127.0.0.1:5000" does not say the region`}},
		"no host":                 {"sqs:///123456789012/jobs", []string{"it has no host"}},
		"no queue":                {"sqs://sqs.eu-central-1.amazonaws.com/123456789012", []string{`path is "/123456789012", want /ACCOUNT/QUEUE`}},
		"path too deep":           {good + "/more", []string{`want /ACCOUNT/QUEUE`}},
		"FIFO":                    {good + ".fifo", []string{`queue is "jobs.fifo", a FIFO queue, want a standard queue`}},
		"three faults, all named": {"sqs://sqs.eu-central-1.amazonaws.com/12/a.b?x=1", []string{`account is "12", want 12 digits`, `queue is "a.b", want 1..80`, `parameter "x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.url)
			require.NoError(t, err)
			_, err = parse(u)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.ErrorContains(t, err, "reading the queue's URL, sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE: ")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
