package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

// fake is a project whose bin/spotgrid is a script.
func fake(t *testing.T, script string) project {
	t.Helper()
	p := project(t.TempDir())
	require.NoError(t, os.Mkdir(p.path("bin"), 0o755))
	require.NoError(t, os.WriteFile(p.path("bin/spotgrid"), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	return p
}

// TestAStackOverItsBudgetStillHasItsMoneyShown: the command says so by exit code 4.
func TestAStackOverItsBudgetStillHasItsMoneyShown(t *testing.T) {
	t.Parallel()
	p := fake(t, `case "$*" in *--json*) echo '{"monthly_usd":{"likely":12.5}}';; *) echo "OVER BUDGET";; esac; exit 4`)
	v := &previews{project: p}
	s := report.Stack{Stack: "aws-dev"}
	require.NoError(t, v.costs(t.Context(), p, &s, "preview.json"))
	require.NotNil(t, s.Money)
	assert.InDelta(t, 12.5, s.Money.MonthlyUSD.Likely, 0)
	assert.Equal(t, "OVER BUDGET", s.Cost, "the exit code says no more than the text")
	assert.Equal(t, []string{"aws-dev (cost)"}, v.failed)
}

func TestAStackWithoutAnEstimateSaysWhy(t *testing.T) {
	t.Parallel()
	p := fake(t, `echo "no such preview" >&2; exit 2`)
	v := &previews{project: p}
	s := report.Stack{Stack: "aws-dev"}
	require.NoError(t, v.costs(t.Context(), p, &s, "preview.json"))
	assert.Nil(t, s.Money)
	assert.Contains(t, s.Cost, "no such preview")
}
