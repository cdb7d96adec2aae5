package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

var writeSample = flag.Bool("update", false, "write docs/sample-pull-request.md anew")

const sampleIntro = `# What a pull request is told

The comment that the pipeline keeps on a pull request, here on one that gives ` + "`aws-dev`" + ` a larger fleet which is never
without machines. Written by a test (` + "`go test ./pipeline -run Sample -update`" + ` in tools) from the real previews of both
commits, by the provider and without an account; the times are made up.

---

`

// TestTheSamplePullRequestIsWhatThePipelineWrites of a real change: the project as
// it is, and a commit that makes the fleet of aws-dev larger.
func TestTheSamplePullRequestIsWhatThePipelineWrites(t *testing.T) {
	checkout := sampleCheckout(t)
	t.Setenv("SPOTGRID_PRICES", filepath.Join(t.TempDir(), "none.json")) // no prices of this machine's user
	v := &previews{project: checkout, base: "HEAD~1", cost: true, policies: true, now: ticking(2500 * time.Millisecond)}
	var err error
	v.catalogue, err = catalogue.Load(string(checkout))
	require.NoError(t, err)
	touched, err := v.chosen(t.Context(), nil)
	require.NoError(t, err)
	stacks, err := v.all(t.Context(), touched)
	require.NoError(t, err)
	require.Len(t, stacks, 1)
	require.Empty(t, stacks[0].Error)
	require.NotNil(t, stacks[0].Money)
	assert.Positive(t, stacks[0].Money.Change.MonthlyUSD.Likely, "a larger fleet costs more")
	assert.Contains(t, stacks[0].Policies, "no-idle-machines")
	assert.Equal(t, []string{"aws-dev (policies)"}, v.failed)

	got := sampleIntro + report.Pull(stacks, false, "run 7 of workflow pull-request")
	got = ages.ReplaceAllString(got, "$1 …")
	const file = "../../docs/sample-pull-request.md"
	if *writeSample {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "write it with -update")
	assert.Equal(t, string(want), got, "write it anew with -update")
}

// ages of prices are another number each day.
var ages = regexp.MustCompile(`\b(ec2-list|spot-advisor) \d+`)

// sampleCheckout is a repository with two commits: this project, and a change.
func sampleCheckout(t *testing.T) project {
	t.Helper()
	real, err := findProject()
	require.NoError(t, err)
	needForSample(t, real)
	listed, err := real.git(t.Context(), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		t.Skip("the project is no git repository: ", err)
	}
	checkout := project(t.TempDir())
	for _, name := range strings.Split(strings.TrimRight(listed, "\x00"), "\x00") {
		b, err := os.ReadFile(real.path(name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(checkout.path(name)), 0o755))
		require.NoError(t, os.WriteFile(checkout.path(name), b, 0o644))
	}
	commit := func(message string) {
		for _, args := range [][]string{
			{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", message},
		} {
			_, err := checkout.git(t.Context(), args...)
			require.NoError(t, err)
		}
	}
	commit("before")
	config := checkout.path("stacks/config/Pulumi.aws-dev.yaml")
	b, err := os.ReadFile(config)
	require.NoError(t, err)
	larger := strings.NewReplacer("minWorkers: 0", "minWorkers: 2", "maxWorkers: 4", "maxWorkers: 12").Replace(string(b))
	require.NotEqual(t, string(b), larger)
	require.NoError(t, os.WriteFile(config, []byte(larger), 0o644))
	commit("A larger fleet")
	require.NoError(t, os.Symlink(real.path("bin"), checkout.path("bin")))
	return checkout
}

// needForSample skips where what the previews need is not there.
func needForSample(t *testing.T, real project) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this builds the stack program twice")
	}
	for _, name := range []string{"pulumi", "spotgrid", "linux-arm64"} {
		if _, err := os.Stat(real.path("bin/" + name)); err != nil {
			t.Skipf("bin/%s is not built, run `make programs STACK=aws-dev`", name)
		}
	}
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	found, err := filepath.Glob(filepath.Join(home, ".pulumi", "plugins", "resource-aws-v6.*"))
	require.NoError(t, err)
	if len(found) == 0 {
		t.Skip("Pulumi's AWS plugin is not installed")
	}
}

// ticking is a clock that goes on by step each time it is looked at.
func ticking(step time.Duration) func() time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(step); return now }
}
