package github_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/github"
	"github.com/spotgrid/spotgrid/tools/pipeline/github/githubtest"
)

const fill = githubtest.Others

func newServer(t *testing.T) (*githubtest.Server, *github.Client) {
	t.Helper()
	s := githubtest.New(t)
	c, err := github.New(s.Getenv)
	require.NoError(t, err)
	return s, c
}

func TestACommentIsWrittenOnceAndThenEdited(t *testing.T) {
	t.Parallel()
	s, c := newServer(t)
	for _, body := range []string{"first", "second", "second"} {
		require.NoError(t, c.Comment(t.Context(), 7, "pull-request", body))
	}
	assert.Equal(t, []string{"POST /repos/o/r/issues/7/comments", "PATCH /repos/o/r/issues/comments/131"}, s.Writes)
	require.Len(t, s.Comments, fill+1)
	assert.Equal(t, "<!-- spotgrid:pull-request -->\nsecond", s.Comments[fill].Body)
	for _, other := range s.Comments[:fill] {
		require.Equal(t, githubtest.Marked+"\nnot ours", other.Body, "a marker in somebody's comment does not make it ours")
	}
}

func TestAnIssueIsOpenedOnceEditedAndClosed(t *testing.T) {
	t.Parallel()
	s, c := newServer(t)
	for _, body := range []string{"one differs", "two differ", "two differ"} {
		number, err := c.Issue(t.Context(), "drift-aws-dev", "Drift", body)
		require.NoError(t, err)
		assert.Equal(t, fill+1, number)
	}
	number, err := c.CloseIssue(t.Context(), "drift-aws-dev", "nothing differs")
	require.NoError(t, err)
	assert.Equal(t, fill+1, number)
	number, err = c.CloseIssue(t.Context(), "drift-aws-dev", "nothing differs")
	require.NoError(t, err)
	assert.Zero(t, number, "it was closed")
	assert.Equal(t, []string{
		"POST /repos/o/r/issues", "PATCH /repos/o/r/issues/131", "POST /repos/o/r/issues/131/comments", "PATCH /repos/o/r/issues/131",
	}, s.Writes)
	assert.Equal(t, "closed", s.State[fill+1])
	number, err = c.Issue(t.Context(), "drift-aws-dev", "Drift", "again")
	require.NoError(t, err)
	assert.Equal(t, fill+2, number, "what comes back is a new issue")
}

func TestAPullRequestsHeadIsLookedUp(t *testing.T) {
	t.Parallel()
	_, c := newServer(t)
	head, err := c.Head(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, github.PullHead{"fork/r", "abc"}, head)
	head, err = c.Head(t.Context(), 8)
	require.NoError(t, err)
	assert.Equal(t, github.PullHead{"", "abc"}, head, "the fork is deleted")
	_, err = c.Head(t.Context(), 9)
	assert.ErrorContains(t, err, "looking up pull request 9: GET /repos/o/r/pulls/9: status 404")
}

func TestOnlyReviewersMakeAnEnvironmentApproved(t *testing.T) {
	t.Parallel()
	_, c := newServer(t)
	for name, want := range map[string]bool{"aws-prod": true, "gcp-prod": false, "nobody-set-it-up": false} {
		got, err := c.Approved(t.Context(), name)
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	_, err := c.Approved(t.Context(), "broken")
	assert.ErrorContains(t, err, `environment "broken": GET /repos/o/r/environments/broken: status 403`)
}

func TestAnArtifactIsDownloadedAndItsHostGetsNoToken(t *testing.T) {
	t.Parallel()
	s, c := newServer(t)
	s.Artifact = githubtest.Zipped(t, "release.tar", "bytes")
	folder := t.TempDir()
	require.NoError(t, c.Artifact(t.Context(), "release-a", "release.tar", folder))
	got, err := os.ReadFile(filepath.Join(folder, "release.tar"))
	require.NoError(t, err)
	assert.Equal(t, "bytes", string(got))
	assert.Equal(t, map[string]string{"api": "Bearer token", "blob": ""}, s.Tokens)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestAMissingArtifactIsSaid(t *testing.T) {
	t.Parallel()
	s, c := newServer(t)
	assert.ErrorIs(t, c.Artifact(t.Context(), "release-b", "release.tar", t.TempDir()), github.ErrNoArtifact)
	s.Expired = true
	assert.ErrorIs(t, c.Artifact(t.Context(), "release-a", "release.tar", t.TempDir()), github.ErrNoArtifact)
	s.Expired, s.Artifact = false, githubtest.Zipped(t, "other", "bytes")
	assert.ErrorIs(t, c.Artifact(t.Context(), "release-a", "release.tar", t.TempDir()), os.ErrNotExist)
	s.Artifact = []byte("no zip")
	assert.ErrorContains(t, c.Artifact(t.Context(), "release-a", "release.tar", t.TempDir()), `downloading artifact "release-a"`)
}

func TestOutsideOfAWorkflowWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	_, err := github.New(func(string) string { return "" })
	assert.ErrorContains(t, err, "GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN not set")
}
