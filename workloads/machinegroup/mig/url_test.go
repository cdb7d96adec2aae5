package mig

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]address{
		"mig://grid-project/europe-west1-b/workers?instance=w-0a1b":                  {compute.Group{Project: "grid-project", Location: "europe-west1-b", Name: "workers"}, "w-0a1b", 0},
		"mig://grid-1/northamerica-northeast1/w?min=3&instance=w":                    {compute.Group{Project: "grid-1", Location: "northamerica-northeast1", Name: "w"}, "w", 3},
		"mig://grid-project/us-central1-ai1a/workers-7f?instance=w-1&min=0":          {compute.Group{Project: "grid-project", Location: "us-central1-ai1a", Name: "workers-7f"}, "w-1", 0},
		"mig://grid-project/us-central1/workers?instance=" + strings.Repeat("w", 63): {compute.Group{Project: "grid-project", Location: "us-central1", Name: "workers"}, strings.Repeat("w", 63), 0},
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
	const at = "mig://grid-project/europe-west1/workers"
	for name, c := range map[string]struct {
		url  string
		want []string
	}{
		"another scheme":       {"https://grid-project/europe-west1/workers?instance=w", []string{`scheme is "https", want mig`}},
		"a key":                {"mig://me:secret@grid-project/europe-west1/workers?instance=w", []string{"it has a user or password, want none"}},
		"fragment":             {at + "?instance=w#x", []string{`it has a fragment "x"`}},
		"no project":           {"mig:///europe-west1/workers?instance=w", []string{`project is ""`}},
		"a port":               {"mig://grid-project:443/europe-west1/workers?instance=w", []string{`project is "grid-project:443"`}},
		"a project's number":   {"mig://123456789012/europe-west1/workers?instance=w", []string{`project is "123456789012"`}},
		"no location":          {"mig://grid-project//workers?instance=w", []string{`location is "", want a zone such as`}},
		"all of Europe":        {"mig://grid-project/europe/workers?instance=w", []string{`location is "europe"`}},
		"no group":             {"mig://grid-project/europe-west1?instance=w", []string{`group is "", want 1..63`}},
		"two groups":           {"mig://grid-project/europe-west1/a/b?instance=w", []string{`group is "a/b"`}},
		"a group out of place": {"mig://grid-project/europe-west1/..?instance=w", []string{`group is ".."`}},
		"a long group":         {"mig://grid-project/europe-west1/" + strings.Repeat("a", 64) + "?instance=w", []string{`aaa", want 1..63`}},
		"no instance":          {at, []string{`parameter instance is [], want the name of a machine`}},
		"an instance by path":  {at + "?instance=zones/a/instances/b", []string{`parameter instance is ["zones/a/instances/b"]`}},
		"two instances":        {at + "?instance=a&instance=b", []string{`parameter instance is ["a" "b"]`}},
		"a negative minimum":   {at + "?instance=w&min=-1", []string{`parameter min is ["-1"], want a whole number 0..100000`}},
		"an empty minimum":     {at + "?instance=w&min=", []string{`parameter min is [""]`}},
		"two minima":           {at + "?instance=w&min=1&min=2", []string{`parameter min is ["1" "2"]`}},
		"broken parameters":    {at + "?instance=w&x=%zz", []string{`parameters: invalid URL escape "%zz"`}},
		"five faults, all told": {"mig://Here/there?min=x&colour=red", []string{
			`project is "Here"`, `location is "there"`, `group is ""`, "parameter instance", `parameter "colour" is unknown, want instance and min`, "parameter min",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.url)
			require.NoError(t, err)
			_, err = parse(u)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.ErrorContains(t, err, "reading the machine's URL, mig://PROJECT/ZONE-or-REGION/GROUP?instance=NAME&min=N: ")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
