package rules

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestEveryRuleSaysWhatItIs(t *testing.T) {
	t.Parallel()
	names := map[string]policy.Rule{}
	for _, r := range All() {
		assert.NoError(t, r.Check())
		assert.NotContains(t, names, r.Name, "a name is a rule's own")
		names[r.Name] = r
		for _, kind := range r.Types {
			assert.Contains(t, kind, ":", "%s looks at a type", r.Name)
		}
		for _, o := range r.Options {
			assert.NotEqual(t, "enforcementLevel", o.Name, "%s: the engine's own key", r.Name)
			if n, isNumber := o.Default.(float64); isNumber {
				assert.Less(t, o.Min, o.Max, "%s.%s has a range", r.Name, o.Name)
				assert.True(t, o.Min <= n && n <= o.Max, "%s.%s begins in its range", r.Name, o.Name)
			}
		}
	}
	for _, r := range names {
		if r.Mend != nil {
			checks := names[r.Checks]
			assert.True(t, checks.Each != nil || checks.Whole != nil, "%s mends what %s checks", r.Name, r.Checks)
			assert.NotEqual(t, policy.Disabled, checks.Level, "%s mends what is checked", r.Name)
		}
	}
}

// TestRulesRunInAnOrderThatWorks: waivers are known before they are used, and listed
// after; what mends comes before what checks.
func TestRulesRunInAnOrderThatWorks(t *testing.T) {
	t.Parallel()
	all := All()
	assert.Equal(t, "valid-waivers", all[0].Name)
	assert.Equal(t, "waivers-used", all[len(all)-1].Name)
	checked := false
	for _, r := range all[1:] {
		assert.False(t, checked && r.Mend != nil, "%s mends after something was checked", r.Name)
		checked = checked || r.Mend == nil
	}
}

// TestEachRuleIsAFileWithATable: a rule without a table is not tested.
func TestEachRuleIsAFileWithATable(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var tests strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		tests.Write(b)
	}
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, f := range sources {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		assert.LessOrEqual(t, strings.Count(string(b), "policy.Rule{\n"), 2, "%s has a rule, and what mends it", f)
		for line := range strings.Lines(string(b)) {
			name, isRule := strings.CutSuffix(strings.TrimSpace(line), " = policy.Rule{")
			name = strings.TrimPrefix(name, "var ")
			if isRule && !strings.HasPrefix(name, "mend") {
				assert.Contains(t, tests.String(), "table(t, "+name+",", "%s has a table", name)
			}
		}
	}
}

// TestConfigurationsAreOfThisPack: Pulumi ignores a misspelt option.
func TestConfigurationsAreOfThisPack(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"dev.json", "prod.json"} {
		b, err := os.ReadFile(filepath.Join("..", "config", file))
		require.NoError(t, err)
		settings, err := policy.ParseSettings(b, All())
		require.NoError(t, err, file)
		for _, w := range settings["valid-waivers"].Options["waivers"].([]any) {
			encoded, err := json.Marshal(w)
			require.NoError(t, err)
			assert.Contains(t, string(encoded), `"reason":`, file)
			assert.Contains(t, string(encoded), `"until":`, file)
		}
	}
}
