package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	// The test's program and policy pack import these: their checksums must be
	// in the go.sum that the test copies.
	_ "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	_ "github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

const testProgram = `package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		name := config.New(ctx, "").Require("queue")
		if name == "refused" {
			return errors.New("the program refuses this queue")
		}
		queue := &struct{ pulumi.ResourceState }{}
		if err := ctx.RegisterComponentResource("test:index:Queue", name, queue); err != nil {
			return err
		}
		ctx.Export("root", pulumi.String(ctx.RootDirectory()))
		ctx.Export("stack", pulumi.String(ctx.Organization()+"/"+ctx.Project()+"/"+ctx.Stack()))
		ctx.Export("secret", config.RequireSecret(ctx, "token"))
		ctx.Export("urn", queue.URN())
		return nil
	})
}
`

const testPolicyPack = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

func main() {
	rule := policyx.NewResourceValidationPolicy("queue-name", policyx.ResourceValidationPolicyArgs{
		Description:      "A queue has a decent name.",
		EnforcementLevel: policyx.EnforcementLevelMandatory,
		ValidateResource: func(_ context.Context, args policyx.ResourceValidationArgs) error {
			if args.Resource.Type == "test:index:Queue" && args.Resource.Name == "bad" {
				args.Manager.ReportViolation("the name is bad, choose another", "")
			}
			return nil
		},
	})
	err := policyx.Main(func(*pulumi.Context) (policyx.PolicyPack, error) {
		return policyx.NewPolicyPack("test", semver.MustParse("0.1.0"), policyx.EnforcementLevelMandatory, []policyx.Policy{rule})
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// cli is a Pulumi CLI with a project of its own, using the host under test.
type cli struct {
	path    string
	dir     string // the project
	tmp     string // TMPDIR of everything it runs
	environ []string
}

// run returns both outputs as one; want says whether the command must succeed.
func (c cli) run(t *testing.T, want bool, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.path, append([]string{"--non-interactive", "--color=never"}, args...)...)
	cmd.Dir, cmd.Env = c.dir, c.environ
	output, err := cmd.CombinedOutput()
	require.Equal(t, want, err == nil, "pulumi %s: %v\n%s", strings.Join(args, " "), err, output)
	return string(output)
}

// findPulumi returns a CLI to test with: SPOTGRID_PULUMI, the repository's
// bin/pulumi, or one on PATH. There is no engine to test against otherwise.
func findPulumi(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("SPOTGRID_PULUMI"); path != "" {
		return path
	}
	local, err := filepath.Abs("../../bin/pulumi")
	require.NoError(t, err)
	if isExecutable(local) {
		return local
	}
	path, err := exec.LookPath("pulumi")
	if err != nil {
		t.Skip("no pulumi at ../../bin/pulumi (run tools/ensure-pulumi), on PATH or in SPOTGRID_PULUMI")
	}
	return path
}

// newCLI sets up a project with the test program in stacks/ and the policy
// pack in policies/, and a stack on a file backend, all in temporary places.
func newCLI(t *testing.T) cli {
	t.Helper()
	path := findPulumi(t)
	if testing.Short() {
		t.Skip("builds a host, a program and a policy pack: takes longer than -short allows")
	}
	gomod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	gosum, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	gomod = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(gomod, []byte("module example.com/prog"))
	gomod = regexp.MustCompile(`(?ms)^tool \(.*?^\)$|^tool [^\n]*$`).ReplaceAll(gomod, nil)

	c := cli{path: path, tmp: t.TempDir()}
	c.dir = writeFiles(t, t.TempDir(), map[string]string{
		"go.mod": string(gomod), "go.sum": string(gosum),
		"Pulumi.yaml":                "name: prog\nruntime: go\nmain: stacks\n",
		"stacks/main.go":             testProgram,
		"policies/main.go":           testPolicyPack,
		"policies/PulumiPolicy.yaml": "runtime: go\n",
	})
	bin, state := t.TempDir(), t.TempDir()
	built, err := exec.Command("go", "build", "-o", filepath.Join(bin, hostName), ".").CombinedOutput()
	require.NoError(t, err, string(built))
	c.environ = overlay(os.Environ(), map[string]string{
		"PATH":   bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"TMPDIR": c.tmp, "GOFLAGS": "", "GOWORK": "off",
		"PULUMI_BACKEND_URL": "file://" + state, "PULUMI_HOME": t.TempDir(), "PULUMI_CONFIG_PASSPHRASE": "test",
		"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
	})
	c.run(t, true, "stack", "init", "dev")
	c.run(t, true, "config", "set", "--secret", "token", "s3cret")
	c.run(t, true, "config", "set", "queue", "good")
	return c
}

// requireNothingLeft checks that hosts, programs and policy packs are gone and
// have removed what they built.
func (c cli) requireNothingLeft(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(c.tmp, hostName+"-*"))
	require.NoError(t, err)
	assert.Empty(t, left, "directories of hosts")
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, path := range commands {
		command, _ := os.ReadFile(path) // it may have ended since
		assert.NotContains(t, string(command), c.tmp, "process %s", path)
	}
}

// TestEngine runs programs and policy packs through a real Pulumi engine.
func TestEngine(t *testing.T) {
	t.Parallel()
	c := newCLI(t)

	t.Run("up runs the program and keeps its outputs", func(t *testing.T) {
		c.run(t, true, "up", "--yes", "--skip-preview")
		var outputs map[string]string
		shown := c.run(t, true, "stack", "output", "--json", "--show-secrets")
		require.NoError(t, json.Unmarshal([]byte(shown), &outputs), shown)
		assert.Equal(t, map[string]string{
			"root":   c.dir,
			"stack":  "organization/prog/dev",
			"secret": "s3cret",
			"urn":    "urn:pulumi:dev::prog::test:index:Queue::good",
		}, outputs)
		assert.NotContains(t, c.run(t, true, "stack", "output", "--json"), "s3cret", "secret keys reach the program")
		c.requireNothingLeft(t)
	})

	t.Run("up again changes nothing", func(t *testing.T) {
		c.run(t, true, "preview", "--expect-no-changes")
	})

	t.Run("a policy pack lets a good queue pass", func(t *testing.T) {
		shown := c.run(t, true, "preview", "--policy-pack", "policies")
		assert.Contains(t, shown, "test@v0.1.0")
		assert.NotContains(t, shown, "choose another")
		c.requireNothingLeft(t)
	})

	t.Run("a mandatory rule stops a bad queue", func(t *testing.T) {
		shown := c.run(t, false, "preview", "--policy-pack", "policies", "--config", "prog:queue=bad")
		assert.Contains(t, shown, "the name is bad, choose another")
		assert.Contains(t, shown, "[mandatory]")
		c.requireNothingLeft(t)
	})

	t.Run("a program's error is shown once", func(t *testing.T) {
		shown := c.run(t, false, "preview", "--config", "prog:queue=refused")
		assert.Equal(t, 1, strings.Count(shown, "the program refuses this queue"), shown)
		assert.NotContains(t, shown, "exited with status")
	})

	t.Run("about and dependencies", func(t *testing.T) {
		shown := c.run(t, true, "about")
		assert.Contains(t, shown, "github.com/pulumi/pulumi/sdk/v3")
		assert.Contains(t, shown, "go version go1.")
	})

	t.Run("source that does not compile is reported with go's message", func(t *testing.T) {
		writeFiles(t, c.dir, map[string]string{"stacks/broken.go": "package main\n\nvar _ = undefinedName\n"})
		assert.Contains(t, c.run(t, false, "preview"), "broken.go:3:9: undefined: undefinedName")
		require.NoError(t, os.Remove(filepath.Join(c.dir, "stacks/broken.go")))
		writeFiles(t, c.dir, map[string]string{"policies/broken.go": "package main\n\nvar _ = undefinedRule\n"})
		assert.Contains(t, c.run(t, false, "preview", "--policy-pack", "policies"), "broken.go:3:9: undefined: undefinedRule")
	})
}
