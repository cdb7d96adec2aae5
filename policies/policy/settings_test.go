package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAConfigurationIsReadAsTheEngineReadsIt(t *testing.T) {
	t.Parallel()
	got, err := ParseSettings([]byte(`{"all": "advisory", "no-large-size": {"enforcementLevel": "mandatory", "most": 50}, "few-resources": "disabled"}`), []Rule{sized, sum, mendSized})
	require.NoError(t, err)
	assert.Equal(t, Settings{
		"no-large-size": {Level: Mandatory, Options: map[string]any{"most": 50.0}}, "few-resources": {Level: Disabled}, "mend-large-size": {Level: Advisory},
	}, got)
}

func TestEveryFaultOfAConfigurationIsSaid(t *testing.T) {
	t.Parallel()
	_, err := ParseSettings([]byte(`{"all": "hard", "no-large-size": {"enforcementLevel": 7, "most": 101, "least": 1}, "few-resource": "disabled", "few-resources": {"most": "1"}}`), []Rule{sized, sum})
	for _, want := range []string{
		"has 6 faults", "all is hard, want one of [disabled advisory mandatory remediate]", "no-large-size.enforcementLevel is 7", "no-large-size.most is 101, want 1..100",
		"no-large-size.least is not known, want one of enforcementLevel, most", `rule "few-resource" is not known, want one of few-resources, no-large-size`,
		"few-resources.most is 1, want a number",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = ParseSettings([]byte(`[`), nil)
	assert.ErrorContains(t, err, "reading policy configuration")
}

// TestAListOfOtherThanTextIsAFault: what a rule compares texts with would else match
// nothing, and the rule would be off.
func TestAListOfOtherThanTextIsAFault(t *testing.T) {
	t.Parallel()
	listed := Rule{Name: "listed", Options: []Option{{Name: "ports", Default: []any{"22"}}}, Each: sized.Each}
	_, err := ParseSettings([]byte(`{"listed": {"ports": [22, "3389"]}}`), []Rule{listed})
	assert.ErrorContains(t, err, "listed.ports[0] is 22, want a text")
	_, err = ParseSettings([]byte(`{"listed": {"ports": ["22", "3389"]}}`), []Rule{listed})
	assert.NoError(t, err)
}
