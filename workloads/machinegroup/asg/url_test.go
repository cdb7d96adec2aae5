package asg

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]address{
		"asg://eu-central-1/grid-workers?instance=i-0123456789abcdef0&hook=drain": {"eu-central-1", "grid-workers", "i-0123456789abcdef0", "drain"},
		"asg://us-gov-west-1/grid-workers?hook=a/b_c-D&instance=i-01234567":       {"us-gov-west-1", "grid-workers", "i-01234567", "a/b_c-D"},
		"asg://us-east-1/grid/a%26b%25?instance=i-01234567&hook=drain":            {"us-east-1", "grid/a&b%", "i-01234567", "drain"},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(raw)
			require.NoError(t, err)
			got, err := parse(u)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const parameters = "?instance=i-0123456789abcdef0&hook=drain"
	for name, c := range map[string]struct {
		url  string
		want []string
	}{
		"another scheme":        {"https://eu-central-1/grid" + parameters, []string{`scheme is "https", want asg`}},
		"keys":                  {"asg://AKIA:secret@eu-central-1/grid" + parameters, []string{"it has a user or password, want none: credentials come from"}},
		"fragment":              {"asg://eu-central-1/grid" + parameters + "#x", []string{`it has a fragment "x"`}},
		"no region":             {"asg:///grid" + parameters, []string{`region is "", want one such as eu-central-1`}},
		"a host for a region":   {"asg://autoscaling.eu-central-1.amazonaws.com/grid" + parameters, []string{`region is "autoscaling.eu-central-1.amazonaws.com"`}},
		"a port":                {"asg://eu-central-1:443/grid" + parameters, []string{`region is "eu-central-1:443"`}},
		"no group":              {"asg://eu-central-1" + parameters, []string{`group is "", want 1..255`}},
		"a colon in the group":  {"asg://eu-central-1/a:b" + parameters, []string{`group is "a:b"`}},
		"a space in the group":  {"asg://eu-central-1/a%20b" + parameters, []string{`group is "a b"`}},
		"a long group":          {"asg://eu-central-1/" + strings.Repeat("a", 256) + parameters, []string{`aaa", want 1..255`}},
		"a long hook":           {"asg://eu-central-1/grid?instance=i-01234567&hook=" + strings.Repeat("a", 256), []string{`aaa"], want one of 1..255`}},
		"no instance":           {"asg://eu-central-1/grid?hook=drain", []string{`parameter instance is [], want one such as i-`}},
		"no instance by form":   {"asg://eu-central-1/grid?hook=drain&instance=i-123", []string{`parameter instance is ["i-123"]`}},
		"two instances":         {"asg://eu-central-1/grid?hook=drain&instance=i-01234567&instance=i-01234568", []string{`parameter instance is ["i-01234567" "i-01234568"]`}},
		"no hook":               {"asg://eu-central-1/grid?instance=i-01234567", []string{`parameter hook is [], want one of 1..255`}},
		"no hook by form":       {"asg://eu-central-1/grid?instance=i-01234567&hook=a.b", []string{`parameter hook is ["a.b"]`}},
		"broken parameters":     {"asg://eu-central-1/grid" + parameters + "&x=%zz", []string{`parameters: invalid URL escape "%zz"`}},
		"five faults, all told": {"asg://here?instance=x&colour=red", []string{`region is "here"`, `group is ""`, "parameter instance", "parameter hook", `parameter "colour" is unknown, want instance and hook`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.url)
			require.NoError(t, err)
			_, err = parse(u)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.ErrorContains(t, err, "reading the machine's URL, asg://REGION/GROUP?instance=INSTANCE-ID&hook=HOOK: ")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
