package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
)

// repository is one of git's, with two commits; the second one renames a config,
// changes a text and is on a branch whose base has gone on.
func repository(t *testing.T) project {
	t.Helper()
	p := project(t.TempDir())
	git := func(args ...string) {
		var out bytes.Buffer
		args = append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)
		require.NoError(t, p.execute(t.Context(), nil, &out, &out, "git", args...), out.String())
	}
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(p.path(name)), 0o755))
		require.NoError(t, os.WriteFile(p.path(name), []byte(text), 0o600))
	}
	git("init", "--quiet", "--initial-branch=main")
	write("stacks/config/Pulumi.old.yaml", "config of a stack that is long enough to be seen as renamed\n")
	write("docs/a.md", "a")
	git("add", ".")
	git("commit", "--quiet", "-m", "one")
	git("switch", "--quiet", "-c", "change")
	git("mv", "stacks/config/Pulumi.old.yaml", "stacks/config/Pulumi.new.yaml")
	write("docs/ä b.md", "b")
	git("add", ".")
	git("commit", "--quiet", "-m", "two")
	git("switch", "--quiet", "main")
	write("go.mod", "not of the change")
	git("add", ".")
	git("commit", "--quiet", "-m", "three")
	git("switch", "--quiet", "change")
	return p
}

func TestWhatChangedIsThatOfTheBranchAlone(t *testing.T) {
	t.Parallel()
	p := repository(t)
	files, err := p.changed(t.Context(), "main")
	require.NoError(t, err)
	assert.Equal(t, []string{"docs/ä b.md", "stacks/config/Pulumi.new.yaml", "stacks/config/Pulumi.old.yaml"}, files)
	c := catalogue.Catalogue{{Name: "new"}, {Name: "other"}}
	touched, err := p.touched(t.Context(), c[:1], "main")
	require.NoError(t, err)
	assert.Equal(t, "new", touched[0].Stack.Name)
	all, err := p.touched(t.Context(), c, "")
	require.NoError(t, err)
	assert.Len(t, all, 2, "without a base every stack is touched")
}

func TestABaseThatIsNoCommitIsRefused(t *testing.T) {
	t.Parallel()
	p := repository(t)
	_, err := p.changed(t.Context(), "gone")
	assert.ErrorContains(t, err, "listing what changed")
	_, err = p.changed(t.Context(), "--output=/tmp/x")
	assert.ErrorContains(t, err, `base is "--output=/tmp/x", want a commit`)
}

// TestTheWorkflowGetsItsListsAsJSON is not parallel: it sets the environment.
func TestTheWorkflowGetsItsListsAsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "output")
	t.Setenv("GITHUB_OUTPUT", file)
	c := catalogue.Catalogue{{Name: "a", Ring: "dev"}, {Name: "b", Ring: "dev"}, {Name: "c", Ring: "prod"}, {Name: "local"}}
	accounts, err := withAccounts(c, " c a ")
	require.NoError(t, err)
	require.NoError(t, printMatrix(c, []catalogue.Touch{{Stack: c[1]}, {Stack: c[2]}, {Stack: c[3]}}, accounts))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, want := range []string{
		"touched=[\"b\",\"c\",\"local\"]\n", "live=[\"c\"]\n", "dev=[\"a\"]\n", "staging=[]\n", "prod=[\"c\"]\n", "deployed=[\"a\",\"c\"]\n",
	} {
		assert.Contains(t, string(b), want)
	}
	_, err = withAccounts(c, "a x")
	assert.ErrorContains(t, err, `reading ACCOUNTS: stack "x" is not known`)
	assert.ErrorContains(t, output("name", "two\nlines"), "several lines")
}
