package report

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// estimate is cut from what `spotgrid cost --json` prints.
const estimate = `{"stack": "aws-dev", "monthly_usd": {"low": 37.8, "likely": 55.09, "high": 307.35}, "lines": [],
	"parts": [{"component": "fleet grid-spot", "monthly_usd": {"low": 0, "likely": 12.34, "high": 255}}],
	"change": {"with": "what is deployed", "monthly_usd": {"low": 0, "likely": -4.5, "high": 0}}}`

func money(t *testing.T) *Money {
	t.Helper()
	m, err := ParseMoney([]byte(estimate))
	require.NoError(t, err)
	return m
}

func TestACommentShowsMoneyOfStacksAndParts(t *testing.T) {
	t.Parallel()
	s := sample()
	s.Money = money(t)
	got := Pull([]Stack{s}, false, "run 1")
	assert.Contains(t, got, "| `aws-dev` | live | 1 | 0 | 0 | 0 | $55.09 | -$4.50 |")
	assert.Contains(t, got, "| `fleet grid-spot` | $0.00 | $12.34 | $255.00 |\n| **all** | $37.80 | $55.09 | $307.35 |\n")
}

func TestMoneyThatIsComparedWithNothingHasNoChange(t *testing.T) {
	t.Parallel()
	m := money(t)
	m.Change = nil
	assert.Equal(t, " $55.09 | |", strings.ReplaceAll(m.cells(), "|  |", "| |"))
	assert.Equal(t, " | |", (*Money)(nil).cells())
	assert.Equal(t, []string{"none", "+$1.00", "-$1.00"}, []string{signed(-0.001), signed(1), signed(-1)})
}

func TestHostileComponentsNeitherLeaveNorEnterAReport(t *testing.T) {
	t.Parallel()
	s := sample()
	s.Money = money(t)
	s.Money.Parts[0].Component = "x` | <img src=http://evil>"
	r := Report{Stacks: []Stack{s}}
	folder := t.TempDir()
	require.NoError(t, r.Write(folder))
	read, err := Read(filepath.Join(folder, FileName))
	require.NoError(t, err)
	assert.Equal(t, "x? ? ?img src?http://evil?", read.Stacks[0].Money.Parts[0].Component)
	assert.Equal(t, "x` | <img src=http://evil>", s.Money.Parts[0].Component, "the caller's is as it was")
	b, err := json.Marshal(r)
	require.NoError(t, err)
	var hostile Report
	require.NoError(t, json.Unmarshal(b, &hostile))
	assert.ErrorContains(t, hostile.check(), "component is")
}

func TestWhatIsNoEstimateIsRefused(t *testing.T) {
	t.Parallel()
	_, err := ParseMoney([]byte(`{"monthly_usd": 1}`))
	assert.ErrorContains(t, err, "reading an estimate of costs")
}
