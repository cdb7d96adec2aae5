package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
)

func sample() Stack {
	return Stack{
		Stack: "aws-dev", Mode: Live, File: "go.mod", Seconds: 3.14,
		Plan: plan.Plan{Stack: "aws-dev", Counts: map[string]int{"create": 1, "same": 84}, Changes: []plan.Change{
			{Op: "create", Type: "aws:sqs/queue:Queue", Name: "grid-jobs", Properties: []string{`tags["owner"]`}},
		}},
	}
}

func TestAReportIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	want := Report{Pull: 7, Stacks: []Stack{sample()}}
	folder := filepath.Join(t.TempDir(), "new")
	require.NoError(t, want.Write(folder))
	got, err := Read(filepath.Join(folder, FileName))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestOddNamesDoNotMakeAReportUnreadable(t *testing.T) {
	t.Parallel()
	s := sample()
	s.File, s.Plan.Changes[0].Name, s.Plan.Changes[0].Properties = "a`b|é.go", strings.Repeat("n", 400), []string{"tags[\"a*b\"]"}
	folder := t.TempDir()
	require.NoError(t, Report{Stacks: []Stack{s}}.Write(folder))
	got, err := Read(filepath.Join(folder, FileName))
	require.NoError(t, err)
	assert.Equal(t, "a?b??.go", got.Stacks[0].File)
	assert.Len(t, got.Stacks[0].Plan.Changes[0].Name, 300)
	assert.Equal(t, []string{`tags["a?b"]`}, got.Stacks[0].Plan.Changes[0].Properties)
	assert.Equal(t, "a`b|é.go", s.File, "the caller's stays")
}

func TestAHostileReportIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a mention":            `{"stacks":[{"stack":"@everyone","mode":"live"}]}`,
		"a tag":                `{"stacks":[{"stack":"a","mode":"live","plan":{"changes":[{"op":"create","type":"t","name":"<img src=x>"}]}}]}`,
		"an end of code":       "{\"stacks\":[{\"stack\":\"a\",\"mode\":\"live\",\"plan\":{\"changes\":[{\"op\":\"create\",\"type\":\"t`\",\"name\":\"n\"}]}}]}",
		"a line":               `{"stacks":[{"stack":"a\nb","mode":"live"}]}`,
		"a column":             `{"stacks":[{"stack":"a","mode":"live","file":"x|y"}]}`,
		"an unknown op":        `{"stacks":[{"stack":"a","mode":"live","plan":{"changes":[{"op":"**","type":"t","name":"n"}]}}]}`,
		"an unknown mode":      `{"stacks":[{"stack":"a","mode":"[x](http://y)"}]}`,
		"a number below 0":     `{"pull":-1}`,
		"a long property":      `{"stacks":[{"stack":"a","mode":"live","plan":{"changes":[{"op":"create","type":"t","name":"n","properties":["` + strings.Repeat("x", 301) + `"]}]}}]}`,
		"too many stacks":      `{"stacks":[` + strings.Repeat(`{"stack":"a","mode":"live"},`, 50) + `{"stack":"a","mode":"live"}]}`,
		"what is no JSON":      `<html>`,
		"more bytes than most": strings.Repeat(" ", maxFileBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), FileName)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := Read(path)
			assert.Error(t, err)
		})
	}
	link := filepath.Join(t.TempDir(), FileName)
	require.NoError(t, os.Symlink("/etc/hostname", link))
	_, err := Read(link)
	assert.ErrorContains(t, err, "not a file")
}

func TestAllFaultsOfAReportAreNamed(t *testing.T) {
	t.Parallel()
	err := Report{Pull: -1, Stacks: []Stack{{Stack: "", Mode: "x"}}}.check()
	for _, want := range []string{"pull is -1", `stack is ""`, `mode is "x", want offline, live`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestACommentTellsWhatChanges(t *testing.T) {
	t.Parallel()
	got := Pull([]Stack{sample()}, false, "run 1")
	for _, want := range []string{
		"| `aws-dev` | live | 1 | 0 | 0 | 0 | | | 3.1 |", "Rows marked live compare with what is deployed.",
		"Touched by `go.mod`.", "| create | `grid-jobs` | `aws:sqs/queue:Queue` | `tags[\"owner\"]` |", "From run 1.",
	} {
		assert.Contains(t, got, want)
	}
}

func TestACommentSaysWhatItCouldNotShow(t *testing.T) {
	t.Parallel()
	s := sample()
	s.Mode = Offline
	fork := Pull([]Stack{s}, true, "run 1")
	assert.Contains(t, fork, "comes from a fork, whose code gets no account")
	assert.NotContains(t, fork, "| create | `", "of a stack as if new each resource is created")
	assert.Contains(t, Pull([]Stack{s}, false, ""), "no account is set up")
	s.Error = "provider: no such plugin"
	failed := Pull([]Stack{s}, false, "")
	assert.Contains(t, failed, "| `aws-dev` | offline: **failed** |")
	assert.Contains(t, failed, "```text\nprovider: no such plugin\n```")
	assert.Contains(t, Pull(nil, false, ""), "No stack is touched")
}

func TestATextOfAProgramCannotLeaveItsBlock(t *testing.T) {
	t.Parallel()
	got := Fenced("before\n````\n@everyone [x](http://evil)\u202e\x1b[31m\n```")
	assert.True(t, strings.HasPrefix(got, "`````text\n"), got)
	assert.True(t, strings.HasSuffix(got, "\n`````\n"), got)
	assert.Equal(t, 2, strings.Count(got, "`````"))
	assert.NotContains(t, got, "\u202e")
	assert.NotContains(t, got, "\x1b")
}

func TestALongCommentLeavesDetailsOutAndSaysSo(t *testing.T) {
	t.Parallel()
	var r Report
	for range 20 {
		s := sample()
		s.Cost = strings.Repeat("cost of a thing\n", 1000)
		r.Stacks = append(r.Stacks, s)
	}
	got := Pull(r.Stacks, false, "run 1")
	assert.Less(t, len(got), 65_536)
	assert.Equal(t, 20, strings.Count(got, "| live | 1 |"), "the table is whole")
	assert.Contains(t, got, "Details of `aws-dev` are left out here")
	assert.Equal(t, strings.Count(got, "<details>"), strings.Count(got, "</details>"))
	assert.Zero(t, strings.Count(got, "```")%2)
	assert.Contains(t, got, "From run 1.")
}

func TestALongListOfChangesIsCut(t *testing.T) {
	t.Parallel()
	p := plan.Plan{}
	for range maxRows + 5 {
		p.Changes = append(p.Changes, plan.Change{Op: "update", Type: "t", Name: "n", Properties: []string{strings.Repeat("p", 250)}})
	}
	var b strings.Builder
	Changes(&b, p)
	assert.Equal(t, maxRows, strings.Count(b.String(), "| update |"))
	assert.Contains(t, b.String(), "and 5 more.")
	assert.Contains(t, b.String(), strings.Repeat("p", 200)+" ...`")
}

func TestADriftIssueSaysWhatDiffersAndWhatToDo(t *testing.T) {
	t.Parallel()
	got := Drift(sample(), "run 1")
	for _, want := range []string{"of 1 resources", "| create | `grid-jobs` |", "make drift STACK=aws-dev", "From run 1."} {
		assert.Contains(t, got, want)
	}
}

func TestALivePlanTakesOverWhatOnlyTheOfflineOneHas(t *testing.T) {
	t.Parallel()
	offline, live, other := sample(), sample(), sample()
	offline.Mode, offline.Cost, offline.Policies, live.File = Offline, "cost", "policies", ""
	other.Stack, other.Mode = "a", Offline
	want := sample()
	want.Cost, want.Policies = "cost", "policies"
	for _, reports := range [][]Report{{{Stacks: []Stack{offline, other}}, {Stacks: []Stack{live}}}, {{Stacks: []Stack{live}}, {Stacks: []Stack{other, offline}}}} {
		assert.Equal(t, []Stack{other, want}, Merge(reports))
	}
}
