package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/policies/rules"
)

const catalogueHead = `# Rules for stacks

Written by a test (` + "`go test ./policies -run Catalogue -update`" + `) from the rules themselves. Run them with

    pulumi preview --policy-pack policies --policy-pack-config policies/config/dev.json
    spotgrid policy check preview.json --config policies/config/prod.json
    make policy

What is not known before a stack is made is not decided. A waiver is a tag ` + "`policy-waiver-RULE`" + ` of the resource on AWS (reason, "until
2026-12-31"), or an entry of ` + "`valid-waivers.waivers`" + ` in the configuration; it ends within a year, and each run lists those it used.
What mends leaves a resource with a waiver alone.

How well the rules are tested: of 592 faults that ` + "`make policy-mutants`" + ` put into them one at a time (an operator turned, a number raised, a
constant or a negation turned), their tests found 555, 93.8 % (2026-11-24).
`

// TestTheCatalogueListsEveryRule holds docs/policies.md.
func TestTheCatalogueListsEveryRule(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(catalogueHead)
	prod := production(t)
	for _, area := range policy.Areas {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | level (prod) | severity | what has to hold | options |\n|---|---|---|---|---|\n", strings.ToUpper(string(area[:1]))+string(area[1:]))
		for _, r := range rules.All() {
			if r.Area == area {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Name, leveled(r, prod), r.Severity, r.Doc, optioned(t, r))
			}
		}
	}
	name := filepath.Join("..", "docs", "policies.md")
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err, "write it with -update")
	assert.Equal(t, string(want), b.String(), "write it anew with -update")
}

func leveled(r policy.Rule, prod policy.Settings) string {
	if level := prod[r.Name].Level; level != "" && level != r.Level {
		return fmt.Sprintf("%s (%s)", r.Level, level)
	}
	return string(r.Level)
}

func optioned(t *testing.T, r policy.Rule) string {
	t.Helper()
	var all []string
	for _, o := range r.Options {
		value, err := json.Marshal(o.Default)
		require.NoError(t, err)
		text := fmt.Sprintf("`%s` = %s: %s", o.Name, value, o.Doc)
		if o.Min < o.Max {
			text += fmt.Sprintf(" (%v to %v)", o.Min, o.Max)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
