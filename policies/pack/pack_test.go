package pack

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/policies/rules"
)

// noted takes down what is reported.
type noted []string

func (n *noted) ReportViolation(message, urn string) { *n = append(*n, urn+": "+message) }

// few is a rule of the whole stack with an option.
var few = policy.Rule{
	Name: "few-resources", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Low, Doc: "A stack is small, since it is looked at.",
	Options: []policy.Option{{Name: "most", Default: 1.0, Min: 0, Max: 9, Doc: "resources"}},
	Whole: func(c *policy.Check) {
		if n := len(c.Stack.Resources); float64(n) > c.Option("most") {
			c.Say("%d resources in %s", n, c.Stack.Name)
		}
	},
}

func policies(t *testing.T, all ...policy.Rule) []policyx.Policy {
	t.Helper()
	got, err := Policies(all, policy.NewSession(all, "spotgrid", "dev", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)))
	require.NoError(t, err)
	return got
}

func TestEveryRuleHasItsLevelDescriptionAndSchemaInThePack(t *testing.T) {
	t.Parallel()
	byName := map[string]policy.Rule{}
	for _, r := range rules.All() {
		byName[r.Name] = r
	}
	seen := map[string]bool{}
	for _, p := range policies(t, rules.All()...) {
		r, ok := byName[p.Name()]
		require.True(t, ok, p.Name())
		seen[p.Name()] = true
		if r.Mend == nil {
			assert.Equal(t, levels[r.Level], p.EnforcementLevel(), p.Name())
		}
		assert.Equal(t, Describe(r), p.Description())
		assert.Equal(t, len(r.Options) > 0, p.ConfigSchema() != nil, p.Name())
	}
	assert.Len(t, seen, len(byName))
}

func TestARuleOfTheWholeStackKnowsItsOption(t *testing.T) {
	t.Parallel()
	two := []policyx.AnalyzerResource{{Type: "a:b/c:C", URN: "urn:1"}, {Type: "a:b/c:C", URN: "urn:2"}}
	for name, test := range map[string]struct {
		config map[string]any
		want   noted
	}{
		"its default":     {nil, noted{": 2 resources in dev"}},
		"set":             {map[string]any{"most": 2.0}, nil},
		"of a wrong type": {map[string]any{"most": "2"}, noted{": 2 resources in dev"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got noted
			all := policies(t, few)
			require.Len(t, all, 2)
			require.NoError(t, all[0].(policyx.ResourceValidationPolicy).Validate(t.Context(), policyx.ResourceValidationArgs{Manager: &got, Resource: two[0], Config: test.config}))
			assert.Empty(t, got, "what listens reports nothing")
			require.NoError(t, all[1].(policyx.StackValidationPolicy).Validate(t.Context(), policyx.StackValidationArgs{Manager: &got, Resources: two}))
			assert.Equal(t, test.want, got)
		})
	}
}

func TestAMendingRuleReturnsTheWholeMapOrNothing(t *testing.T) {
	t.Parallel()
	var mendIMDS policy.Rule
	for _, r := range rules.All() {
		if r.Name == "mend-imds-v2" {
			mendIMDS = r
		}
	}
	mends := policies(t, mendIMDS)[0].(policyx.ResourceRemediationPolicy)
	run := func(tokens string) *property.Map {
		got, err := mends.Remediate(t.Context(), policyx.ResourceRemediationArgs{Resource: policyx.AnalyzerResource{
			Type: "aws:ec2/launchTemplate:LaunchTemplate", URN: "urn:1", Properties: property.NewMap(map[string]property.Value{
				"imageId": property.New("ami-1"), "metadataOptions": property.New(map[string]property.Value{"httpTokens": property.New(tokens)}),
			})}})
		require.NoError(t, err)
		return got
	}
	assert.Nil(t, run("required"))
	got := run("optional")
	require.NotNil(t, got)
	assert.Equal(t, "ami-1", got.Get("imageId").AsString())
	assert.Equal(t, "required", got.Get("metadataOptions").AsMap().Get("httpTokens").AsString())
}

func TestAWrongRuleMakesNoPack(t *testing.T) {
	t.Parallel()
	wrong := few
	wrong.Level = ""
	_, err := Policies([]policy.Rule{wrong}, nil)
	assert.ErrorContains(t, err, `rule "few-resources": level is ""`)
}
