package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/github"
	"github.com/spotgrid/spotgrid/tools/pipeline/github/githubtest"
	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

func newHub(t *testing.T) (*githubtest.Server, *github.Client) {
	t.Helper()
	s := githubtest.New(t)
	c, err := github.New(s.Getenv)
	require.NoError(t, err)
	return s, c
}

func reportOf(pull int, stacks ...report.Stack) []report.Report {
	return []report.Report{{Pull: pull, Stacks: stacks}}
}

func offline(stack string) report.Stack {
	return report.Stack{Stack: stack, Mode: report.Offline, Plan: plan.Plan{Counts: map[string]int{"create": 85}}}
}

func TestAForksReportBecomesOneCommentThatSaysSo(t *testing.T) {
	t.Parallel()
	s, hub := newHub(t)
	for range 2 {
		require.NoError(t, comment(t.Context(), hub, reportOf(7, offline("aws-dev")), github.PullHead{Repo: "fork/r", SHA: "abc"}, "run 1"))
	}
	require.Len(t, s.Writes, 1)
	got := s.Comments[githubtest.Others].Body
	assert.True(t, strings.HasPrefix(got, "<!-- spotgrid:pull-request -->\n"), got)
	assert.Contains(t, got, "comes from a fork")
	assert.Contains(t, got, "| `aws-dev` | offline | 85 |")
}

func TestABranchesReportIsNotCalledAForks(t *testing.T) {
	t.Parallel()
	s, hub := newHub(t)
	require.NoError(t, comment(t.Context(), hub, reportOf(10, offline("aws-dev")), github.PullHead{Repo: "o/r", SHA: "abc"}, "run 1"))
	assert.NotContains(t, s.Comments[githubtest.Others].Body, "fork")
}

func TestAReportCannotCommentOnAnotherPullRequest(t *testing.T) {
	t.Parallel()
	s, hub := newHub(t)
	fork := github.PullHead{Repo: "fork/r", SHA: "abc"}
	for want, tc := range map[string]struct {
		reports []report.Report
		run     github.PullHead
	}{
		`pull request 10 is of "o/r", and the run was for "fork/r"`: {reportOf(10), fork},
		"looking up pull request 9":                                 {reportOf(9), fork},
		"the reports name pull requests 7 and 10":                   {append(reportOf(7), reportOf(10)...), fork},
		"the reports name no pull request":                          {reportOf(0), fork},
		"HEAD_REPO and HEAD_SHA":                                    {reportOf(8), github.PullHead{SHA: "abc"}},
	} {
		assert.ErrorContains(t, comment(t.Context(), hub, tc.reports, tc.run, "run 1"), want)
	}
	assert.Empty(t, s.Writes)
}

func TestAReportOnAnOldCommitIsDropped(t *testing.T) {
	t.Parallel()
	s, hub := newHub(t)
	require.NoError(t, comment(t.Context(), hub, reportOf(7), github.PullHead{Repo: "fork/r", SHA: "older"}, "run 1"))
	assert.Empty(t, s.Writes)
}

func TestEveryReportBelowAFolderIsRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, err := readReports(folder)
	assert.ErrorContains(t, err, "no report.json")
	for _, name := range []string{"report-offline", "report-live-aws-dev"} {
		require.NoError(t, report.Report{Pull: 7, Stacks: []report.Stack{offline("aws-dev")}}.Write(filepath.Join(folder, name)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "aws-dev.json"), []byte("no report"), 0o600))
	got, err := readReports(folder)
	require.NoError(t, err)
	assert.Len(t, got, 2)
	require.NoError(t, os.WriteFile(filepath.Join(folder, report.FileName), []byte(`{"pull":-1}`), 0o600))
	_, err = readReports(folder)
	assert.ErrorContains(t, err, "pull is -1")
}

func TestDriftIsOneIssueForEachStackUntilNothingDiffers(t *testing.T) {
	t.Parallel()
	s, hub := newHub(t)
	c := catalogue.Catalogue{{Name: "aws-dev"}, {Name: "gcp-dev"}}
	drifted := offline("aws-dev")
	drifted.Mode, drifted.Plan.Changes = report.Live, []plan.Change{{Op: "update", Type: "aws:sqs/queue:Queue", Name: "grid-jobs", Properties: []string{"tags"}}}
	same := offline("gcp-dev")
	for range 2 {
		require.NoError(t, driftIssues(t.Context(), hub, c, []report.Stack{drifted, same}, "run 1"))
	}
	require.Equal(t, []string{"POST /repos/o/r/issues"}, s.Writes)
	assert.Contains(t, s.Issues[githubtest.Others].Body, "| update | `grid-jobs` | `aws:sqs/queue:Queue` | `tags` |")
	drifted.Plan.Changes = nil
	require.NoError(t, driftIssues(t.Context(), hub, c, []report.Stack{drifted, same}, "run 2"))
	assert.Equal(t, "closed", s.State[githubtest.Others+1])
	err := driftIssues(t.Context(), hub, c, []report.Stack{offline("other")}, "run 3")
	assert.ErrorContains(t, err, `stack "other", which is not known`)
}

func TestAStackIsNotDeployedWhereNobodyIsAsked(t *testing.T) {
	t.Parallel()
	_, hub := newHub(t)
	assert.NoError(t, approved(t.Context(), hub, catalogue.Stack{Name: "aws-prod", Ring: "prod"}))
	err := approved(t.Context(), hub, catalogue.Stack{Name: "gcp-prod", Ring: "prod"})
	assert.ErrorContains(t, err, `stack "gcp-prod" is of ring prod, and its environment asks nobody for an approval`)
	assert.ErrorContains(t, approved(t.Context(), hub, catalogue.Stack{Name: "broken", Ring: "prod"}), "status 403")
}
