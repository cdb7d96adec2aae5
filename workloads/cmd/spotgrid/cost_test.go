package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/cost"
)

// recorded is a preview of the real engine, by its stack's name.
func recorded(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "cost", "testdata", name+".json"))
	require.NoError(t, err)
	return file
}

// priceless is a place without a price book of the user's own.
func priceless(t *testing.T) place {
	dir := t.TempDir()
	return place{dir, []string{"SPOTGRID_PRICES=" + filepath.Join(dir, "prices.json")}}
}

func TestCostsOfAPreviewAreHeldAgainstABudget(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	a := p.spotgrid(t, "", "cost", "--stack", "aws-dev", "--preview", recorded(t, "aws-dev"), "--budget", "100")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `(?m)^all +\$\d+\.\d\d +\$\d+\.\d\d +\$\d+\.\d\d$`, a.out)
	assert.Contains(t, a.out, "Within budget: $")
	assert.Contains(t, a.out, "network grid-net")
	assert.Contains(t, a.out, "prices of machines are days old (ec2-list ")
	assert.NotContains(t, a.out, "gce-list", "no machine is of Google Cloud")

	own := p.spotgrid(t, "", "cost", "--preview", recorded(t, "aws-dev"), "--budget-at", "high")
	assert.Equal(t, 4, own.code, "the stack's own budget counts where none is given")
	assert.Regexp(t, `OVER BUDGET: \$\d+\.\d\d a month \(high\) is \$\d+\.\d\d more than \$100\.00`, own.out)

	over := p.spotgrid(t, "", "cost", "--preview", recorded(t, "aws-dev"), "--budget", "10")
	assert.Equal(t, 4, over.code)
	assert.Contains(t, over.out, "OVER BUDGET: $")
	assert.Empty(t, over.err, "the report has said it")
	other := p.spotgrid(t, "", "cost", "--stack", "aws-prod", "--preview", recorded(t, "aws-dev"))
	assert.Equal(t, 2, other.code)
	assert.Contains(t, other.err, `the preview is of stack "aws-dev", and --stack is "aws-prod"`)
	high := p.spotgrid(t, "", "cost", "--preview", recorded(t, "aws-dev"), "--budget", "100", "--budget-at", "high")
	assert.Equal(t, 4, high.code)
}

func TestCostsOfAChangeAreAComment(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(recorded(t, "aws-dev-larger"))
	require.NoError(t, err)
	a := priceless(t).spotgrid(t, string(b), "cost", "--preview", "-", "--against", recorded(t, "aws-dev"), "--format", "markdown")
	require.Zero(t, a.code, a.err)
	assert.True(t, strings.HasPrefix(a.out, cost.Marker("aws-dev")+"\n### What `aws-dev` would cost: $"))
	assert.Regexp(t, `\| fleet grid-spot \| .* \| \+\$\d+\.\d\d \|\n`, a.out)
	assert.Regexp(t, `\| \*\*all\*\* \| .* \| \*\*\+\$\d+\.\d\d\*\* \|\n`, a.out)
}

func TestCostsAsJSONFollowTheLoad(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	load := filepath.Join(p.dir, "load.yaml")
	require.NoError(t, os.WriteFile(load, []byte("jobs_per_day: 2000\nstored_gib: 100\n"), 0o600))
	report := func(args ...string) cost.Report {
		a := p.spotgrid(t, "", append([]string{"cost", "--preview", recorded(t, "aws-dev"), "--json"}, args...)...)
		require.Zero(t, a.code, a.err)
		assert.Equal(t, 1, strings.Count(a.out, "\n"), "one line")
		var r cost.Report
		require.NoError(t, json.Unmarshal([]byte(a.out), &r))
		return r
	}
	usual, loaded, flagged := report(), report("--load", load), report("--load", load, "--jobs-per-day", "10", "--seconds-per-job", "5")
	assert.Equal(t, cost.DefaultLoad(), usual.Load)
	assert.Equal(t, 2000.0, loaded.Load.JobsPerDay)
	assert.Greater(t, loaded.MonthlyUSD.Likely, usual.MonthlyUSD.Likely+0.30*90-1, "90 GiB more are stored")
	assert.Equal(t, usual.MonthlyUSD.Low, loaded.MonthlyUSD.Low, "an idle grid has no load")
	assert.Equal(t, 10.0, flagged.Load.JobsPerDay, "a flag goes before the file")
	assert.Equal(t, 5.0, flagged.Load.SecondsPerJob)
	assert.Equal(t, 100.0, flagged.Load.StoredGiB)
	assert.NotEmpty(t, usual.Unpriced)
	assert.InDelta(t, usual.MonthlyUSD.Likely/730, usual.HourlyUSD.Likely, 1e-9)
}

func TestBadInputOfCostsIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	a := p.spotgrid(t, "", "cost", "--format", "xml", "--budget", "-1", "--budget-at", "noon", "--jobs-per-day", "-3", "--offline", "--preview", "x")
	assert.Equal(t, 2, a.code)
	for _, want := range []string{
		`--format is "xml", want text, markdown or json`, "--budget is -1, want more than 0", `--budget-at is "noon"`,
		"jobs_per_day is -3", "--offline makes a preview",
	} {
		assert.Contains(t, a.err, want)
	}
	for want, args := range map[string][]string{
		"--preview: open nothing: no such file":           {"--preview", "nothing"},
		"--state: open nothing: no such file":             {"--state", "nothing"},
		"--against: open nothing: no such file":           {"--preview", recorded(t, "aws-dev"), "--against", "nothing"},
		"--load: open nothing: no such file":              {"--load", "nothing"},
		"--preview: decoding the preview: ":               {"--preview", "-"},
		"unknown command \"aws-dev\" for \"spotgrid cost": {"aws-dev"},
	} {
		a := p.spotgrid(t, "", append([]string{"cost"}, args...)...)
		assert.Equal(t, 2, a.code, args)
		assert.Contains(t, a.err, want)
		assert.Empty(t, a.out)
	}
}

func TestCostsNeedWhatAPreviewLeavesOut(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	const urn = `"urn:pulumi:dev::p::aws:ec2/eip:Eip::a"`
	const one = `{"urn":` + urn + `,"type":"aws:ec2/eip:Eip","inputs":{"region":"us-east-1"}}`
	preview, state := filepath.Join(p.dir, "preview.json"), filepath.Join(p.dir, "state.json")
	require.NoError(t, os.WriteFile(preview, []byte(`{"steps":[],"changeSummary":{"same":1}}`), 0o600))
	require.NoError(t, os.WriteFile(state, []byte(`{"version":3,"deployment":{"resources":[`+one+`]}}`), 0o600))
	a := p.spotgrid(t, "", "cost", "--preview", preview)
	assert.Equal(t, 2, a.code)
	assert.Contains(t, a.err, "leaves out 1 resources that do not change: make it with `pulumi preview --json --show-sames`")
	for _, args := range [][]string{{"--preview", preview, "--state", state}, {"--state", state}} {
		a = p.spotgrid(t, "", append([]string{"cost"}, args...)...)
		require.Zero(t, a.code, a.err)
		assert.Regexp(t, `(?m)^all +\$3\.65 +\$3\.65 +\$3\.65`, a.out)
	}
}

// TestCostsPreviewTheStackThemselves without a login, offline.
func TestCostsPreviewTheStackThemselves(t *testing.T) {
	t.Parallel()
	p := project(t)
	pulumi := filepath.Join(p.dir, "bin", "pulumi")
	require.NoError(t, os.WriteFile(pulumi, []byte("#!/bin/sh\necho \"$*\" > \"$CALLED\"\ncat \"$PREVIEW\"\n"), 0o700))
	called := filepath.Join(p.dir, "called")
	p.environment = append(p.environment, "CALLED="+called, "PREVIEW="+recorded(t, "aws-dev"), "SPOTGRID_PRICES="+filepath.Join(p.dir, "none"))
	a := p.spotgrid(t, "", "cost", "--stack", "aws-dev")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, "What stack aws-dev costs a month")
	b, err := os.ReadFile(called)
	require.NoError(t, err)
	assert.Regexp(t, `^preview .*--config spotgrid:offline=true --json --show-sames`, string(b))

	failed := filepath.Join(p.dir, "failed.json")
	require.NoError(t, os.WriteFile(failed, []byte(`{"steps":[],"diagnostics":[{"severity":"error","message":"no such zone"}]}`), 0o600))
	p.environment = append(p.environment, "PREVIEW="+failed)
	a = p.spotgrid(t, "", "cost", "--stack", "aws-dev")
	assert.NotZero(t, a.code)
	assert.NotContains(t, a.out, "What stack")
}
