package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/policies/rules"
	"github.com/spotgrid/spotgrid/policies/statefile"
)

var update = flag.Bool("update", false, "write docs/policies.md and what is expected of the bad examples anew")

// today is the day of all runs.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func production(t *testing.T) policy.Settings {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("config", "prod.json"))
	require.NoError(t, err)
	settings, err := policy.ParseSettings(b, rules.All())
	require.NoError(t, err)
	return settings
}

func read(t *testing.T, name string) *statefile.File {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	stack, err := statefile.Read(file)
	require.NoError(t, err)
	return stack
}

// TestBadExamplesAreRefusedByExactlyTheirRules: each folder of testdata/bad has a
// stack, and the rules that refuse it in production with the names of resources.
func TestBadExamplesAreRefusedByExactlyTheirRules(t *testing.T) {
	t.Parallel()
	stacks, err := filepath.Glob(filepath.Join("testdata", "bad", "*", "stack.json"))
	require.NoError(t, err)
	require.NotEmpty(t, stacks)
	for _, name := range stacks {
		folder := filepath.Dir(name)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			stack := read(t, name)
			res, err := policy.Run(rules.All(), stack.Inputs, stack.Known, production(t), today)
			require.NoError(t, err)
			require.True(t, res.Mandatory())
			var got []string
			for _, v := range res.Violations {
				got = append(got, strings.TrimSpace(string(v.Level)+" "+v.Rule+" "+v.URN[strings.LastIndex(v.URN, ":")+1:]))
				assert.NotContains(t, v.Message, "AKIAIOSFODNN7EXAMPLE", "a found secret is not printed")
				assert.NotContains(t, v.Message, "ghp_", "a found secret is not printed")
			}
			slices.Sort(got)
			text := strings.Join(slices.Compact(got), "\n") + "\n"
			golden := filepath.Join(folder, "refused.golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(text), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "write it with -update")
			assert.Equal(t, string(want), text)
			t.Logf("POLICY bad example %-22s refused by %2d rules, %d values not decided", filepath.Base(folder), strings.Count(text, "mandatory "), len(res.Undecided))
		})
	}
}
