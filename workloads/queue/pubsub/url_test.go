package pubsub

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]address{
		"pubsub://acme-grid/jobs-work-1a2b3c4?topic=jobs-work-5d6e7f8": {"acme-grid", "jobs-work-1a2b3c4", "jobs-work-5d6e7f8"},
		"pubsub://acme-grid/a.b_c~d%2Be?topic=T%25t":                   {"acme-grid", "a.b_c~d+e", "T%t"},
		"pubsub://acme-grid?topic=quote-calls-5d6e7f8":                 {"acme-grid", "", "quote-calls-5d6e7f8"},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(raw)
			require.NoError(t, err)
			got, err := parse(u)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, "projects/"+want.project+"/subscriptions/"+want.subscription, got.subscriptionPath())
			require.Equal(t, "projects/"+want.project+"/topics/"+want.topic, got.topicPath())
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = "pubsub://acme-grid/jobs?topic=jobs"
	for name, c := range map[string]struct {
		url  string
		want []string
	}{
		"another scheme":         {"https://acme-grid/jobs?topic=jobs", []string{`scheme is "https", want pubsub`}},
		"keys":                   {"pubsub://key:secret@acme-grid/jobs?topic=jobs", []string{"it has a user or password, want none"}},
		"fragment":               {good + "#x", []string{`it has a fragment "x"`}},
		"unknown parameter":      {good + "&lease=10", []string{`parameter "lease" is unknown, want topic`}},
		"two topics":             {good + "&topic=more", []string{"topic is given 2 times, want once"}},
		"no topic":               {"pubsub://acme-grid/jobs", []string{"topic is given 0 times, want once"}},
		"empty topic":            {"pubsub://acme-grid/jobs?topic=", []string{`topic is "", want 3..255`}},
		"no project":             {"pubsub:///jobs?topic=jobs", []string{`project is "", want the ID`}},
		"number of the project":  {"pubsub://123456789012/jobs?topic=jobs", []string{`project is "123456789012"`}},
		"no subscription":        {"pubsub://acme-grid/?topic=jobs", []string{`subscription is "", want 3..255`}},
		"path too deep":          {"pubsub://acme-grid/subscriptions/jobs?topic=jobs", []string{`subscription is "subscriptions/jobs"`}},
		"name of Google's":       {"pubsub://acme-grid/goog-jobs?topic=jobs", []string{`but not with "goog"`}},
		"three faults, all told": {"pubsub://x/1?topic=jobs&y=1", []string{`project is "x"`, `subscription is "1"`, `parameter "y"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.url)
			require.NoError(t, err)
			_, err = parse(u)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.ErrorContains(t, err, "reading the queue's URL, pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC, or pubsub://PROJECT?topic=TOPIC to send only: ")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
