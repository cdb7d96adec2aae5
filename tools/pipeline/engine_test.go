package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/release"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

const engineStack = "local-pipeline"

// bench is a checkout of the test's own, with the programs that are built, and
// releases made of it.
type bench struct {
	t        *testing.T
	checkout project
	releases string
	d        *deployment
}

// newBench skips the test where the programs are not built.
func newBench(t *testing.T) *bench {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this deploys a grid on this machine")
	}
	real, err := findProject()
	require.NoError(t, err)
	for _, name := range []string{"pulumi", "spotgrid", "worker", "quote", "pulumi-resource-spotgrid"} {
		if _, err := os.Stat(real.path("bin/" + name)); err != nil {
			t.Skipf("bin/%s is not built, run `make build`", name)
		}
	}
	b := &bench{t: t, checkout: project(t.TempDir()), releases: t.TempDir()}
	b.write(catalogue.File, "stacks: {"+engineStack+": {ring: dev, smoke: jobs}}\n")
	b.write("stacks/config/Pulumi."+engineStack+".yaml", `config:
  pulumi:disable-default-providers: ["*"]
  spotgrid:target: local
  spotgrid:fleets: {spot: {maxWorkers: 1, idleSeconds: 30}}
  spotgrid:functions: {quote: {timeoutSeconds: 10}}
`)
	file, err := os.ReadFile(real.path("Pulumi.yaml"))
	require.NoError(t, err)
	b.write("Pulumi.yaml", string(file))
	programs, err := filepath.Glob(real.path("bin/*"))
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(b.checkout.path("bin"), 0o755))
	for _, program := range programs {
		if filepath.Base(program) != "stacks" {
			require.NoError(t, os.Symlink(program, b.checkout.path("bin/"+filepath.Base(program))))
		}
	}
	require.NoError(t, real.execute(t.Context(), nil, os.Stderr, os.Stderr, "go", "build", "-ldflags=-s -w", "-o", b.checkout.path("bin/stacks"), "./stacks"))
	c, err := catalogue.Load(string(b.checkout))
	require.NoError(t, err)
	b.d, err = b.checkout.deployment(c[0])
	require.NoError(t, err)
	b.d.fetch = fromFolder(b.releases)
	t.Cleanup(b.down)
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll(filepath.Dir(b.checkout.path(name)), 0o755))
	require.NoError(b.t, os.RemoveAll(b.checkout.path(name)))
	require.NoError(b.t, os.WriteFile(b.checkout.path(name), []byte(text), 0o755))
}

// release makes one of the checkout as it is.
func (b *bench) release() (release.Digest, string) {
	b.t.Helper()
	names := []string{"Pulumi.yaml", "stacks/config/Pulumi." + engineStack + ".yaml"}
	for _, program := range []string{"spotgrid", "worker", "quote", "stacks", "pulumi-resource-spotgrid"} {
		names = append(names, "bin/"+program)
	}
	fresh := filepath.Join(b.releases, "fresh")
	digest, err := b.checkout.pack(fresh, names)
	require.NoError(b.t, err)
	file := filepath.Join(b.releases, digest.Hex()+".tar")
	require.NoError(b.t, os.Rename(fresh, file))
	return digest, file
}

// down ends the grid, whatever the test did.
func (b *bench) down() {
	if _, err := os.Stat(b.d.folder.path("bin/spotgrid")); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	assert.NoError(b.t, b.d.folder.show(ctx, "down", "--stack", engineStack))
}

// TestAReleaseIsDeployedAndABadOneIsTakenBack goes through a stack's life on the
// real engine and a real grid: a release, one whose function does not work, one
// that Pulumi refuses, and drift.
func TestAReleaseIsDeployedAndABadOneIsTakenBack(t *testing.T) {
	b := newBench(t)
	good, file := b.release()
	require.NoError(t, b.d.deploy(t.Context(), file, good))
	b.plansMoreWorkers()

	b.write("bin/quote", "#!/bin/sh\nexit 1\n")
	silent, file := b.release()
	err := b.d.deploy(t.Context(), file, silent)
	require.ErrorContains(t, err, "release "+string(silent)+" on stack \"local-pipeline\"")
	assert.ErrorContains(t, err, "stack local-pipeline is back at "+string(good))

	b.write("stacks/config/Pulumi."+engineStack+".yaml", "config: {'spotgrid:target': local, 'spotgrid:queue': {leaseSeconds: 5}}\n")
	refused, file := b.release()
	err = b.d.deploy(t.Context(), file, refused)
	assert.ErrorContains(t, err, "stack local-pipeline is back at "+string(good))

	deployed, err := b.d.folder.deployed(t.Context(), engineStack)
	require.NoError(t, err)
	assert.Equal(t, []release.Digest{good, good, silent, good}, deployed, "the refused one was never up")
	assert.NoError(t, b.d.smoke(t.Context()))

	s, err := b.d.folder.drift(t.Context(), engineStack, time.Now)
	require.NoError(t, err)
	assert.Empty(t, s.Plan.Changes)
	b.tamper()
	s, err = b.d.folder.drift(t.Context(), engineStack, time.Now)
	require.NoError(t, err)
	require.Len(t, s.Plan.Changes, 1)
	assert.Equal(t, "update", s.Plan.Changes[0].Op)
	assert.Equal(t, "grid-spot-workers", s.Plan.Changes[0].Name)
	assert.Equal(t, []string{"maxWorkers"}, s.Plan.Changes[0].Properties)
}

// plansMoreWorkers asks what another release would change.
func (b *bench) plansMoreWorkers() {
	b.t.Helper()
	const name = "stacks/config/Pulumi." + engineStack + ".yaml"
	config, err := os.ReadFile(b.checkout.path(name))
	require.NoError(b.t, err)
	b.write(name, strings.Replace(string(config), "maxWorkers: 1", "maxWorkers: 2", 1))
	digest, file := b.release()
	p, err := b.d.plan(b.t.Context(), file, digest)
	require.NoError(b.t, err)
	var changed []string
	for _, c := range p.Changes {
		changed = append(changed, c.Op+" "+c.Name)
	}
	assert.Contains(b.t, changed, "update grid-spot-workers")
	assert.Zero(b.t, p.Count("create")+p.Count("delete")+p.Count("replace"))
	b.write(name, string(config))
}

// tamper makes the stack's state differ from what is there.
func (b *bench) tamper() {
	b.t.Helper()
	state, err := b.d.folder.spotgrid(b.t.Context(), "pulumi", "--stack", engineStack, "--", "stack", "export")
	require.NoError(b.t, err)
	require.True(b.t, json.Valid(state))
	changed := bytes.ReplaceAll(state, []byte(`"maxWorkers": 1`), []byte(`"maxWorkers": 7`))
	require.NotEqual(b.t, string(state), string(changed))
	file := filepath.Join(b.t.TempDir(), "state.json")
	require.NoError(b.t, os.WriteFile(file, changed, 0o600))
	_, err = b.d.folder.spotgrid(b.t.Context(), "pulumi", "--stack", engineStack, "--", "stack", "import", "--file", file)
	require.NoError(b.t, err)
}

// TestAStackThatCannotBePreviewedIsAFinding: the others are previewed all the
// same, and the report says why.
func TestAStackThatCannotBePreviewedIsAFinding(t *testing.T) {
	b := newBench(t)
	b.write("stacks/config/Pulumi.local-bad.yaml", "config: {'spotgrid:target': local, 'spotgrid:queue': {leaseSeconds: 5}}\n")
	v := &previews{project: b.checkout, now: time.Now, folder: t.TempDir()}
	laid, err := b.checkout.layOut(filepath.Join(t.TempDir(), "project"), b.checkout.path("bin/stacks"))
	require.NoError(t, err)
	bad, err := v.one(t.Context(), laid, catalogue.Touch{Stack: catalogue.Stack{Name: "local-bad"}})
	require.NoError(t, err)
	assert.Contains(t, bad.Error, "spotgrid:queue.leaseSeconds is 5, want 10..43200")
	good, err := v.one(t.Context(), laid, catalogue.Touch{Stack: catalogue.Stack{Name: engineStack}, File: "go.mod"})
	require.NoError(t, err)
	assert.Empty(t, good.Error)
	assert.Equal(t, 13, good.Plan.Count("create"))
	assert.Equal(t, []string{"local-bad"}, v.failed)
	var table bytes.Buffer
	printTable(&table, []report.Stack{bad, good})
	assert.Regexp(t, `local-bad +FAILED +0`, table.String())
	assert.Regexp(t, engineStack+` +offline +13 +0 +0 +0 +\d+\.\d +go.mod`, table.String())
}

// TestWhatACheckSaysIsInTheReportAndAFailedOneIsNoted calls real commands.
func TestWhatACheckSaysIsInTheReportAndAFailedOneIsNoted(t *testing.T) {
	b := newBench(t)
	v := &previews{project: b.checkout}
	assert.Contains(t, v.say(t.Context(), b.checkout, "local (help)", "preview", "--help"), "Run pulumi preview on the stack")
	assert.Empty(t, v.failed)
	assert.Contains(t, v.say(t.Context(), b.checkout, "local (no command)", "no-such-command"), `unknown command "no-such-command"`)
	assert.Equal(t, []string{"local (no command)"}, v.failed)
}

// TestAnotherReleaseThanTheOneThatWasApprovedIsNotUnpacked needs no engine.
func TestAnotherReleaseThanTheOneThatWasApprovedIsNotUnpacked(t *testing.T) {
	t.Parallel()
	p := project(t.TempDir())
	d, err := p.deployment(catalogue.Stack{Name: "aws-prod"})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "release.tar")
	require.NoError(t, os.WriteFile(file, []byte("something"), 0o600))
	want := release.Digest("sha256:" + strings.Repeat("0", 64))
	err = d.deploy(t.Context(), file, want)
	assert.ErrorIs(t, err, errDigest)
	assert.ErrorContains(t, err, "want "+string(want))
	left, err := os.ReadDir(string(d.folder))
	require.NoError(t, err)
	assert.Empty(t, left)
}
