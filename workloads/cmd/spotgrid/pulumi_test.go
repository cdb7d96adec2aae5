package main_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// project is a folder whose pulumi only prints how it was called.
func project(t *testing.T) place {
	t.Helper()
	dir, home := t.TempDir(), t.TempDir()
	write := func(mode os.FileMode, content string, path ...string) {
		file := filepath.Join(append([]string{dir}, path...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(content), mode))
	}
	write(0o600, "name: spotgrid\n", "Pulumi.yaml")
	write(0o600, "config: {}\n", "stacks", "config", "Pulumi.aws-dev.yaml")
	write(0o700, "#!/bin/sh\necho \"pulumi $* backend=$PULUMI_BACKEND_URL\"\n", "bin", "pulumi")
	return place{dir, []string{"HOME=" + home, "PULUMI_HOME=", "PULUMI_BACKEND_URL=", "PULUMI_ACCESS_TOKEN=", "PULUMI_CREDENTIALS_PATH="}}
}

func TestWithoutALoginAPreviewIsOffline(t *testing.T) {
	t.Parallel()
	p := project(t)
	a := p.spotgrid(t, "", "preview", "--stack", "aws-dev", "--", "--diff")
	require.Zero(t, a.code, a.err)
	assert.Equal(t, "spotgrid: no Pulumi login: previewing stack aws-dev offline, as if it were new; `pulumi login` first to compare it with what is there\n", a.err)
	assert.Regexp(t, `^pulumi preview --config-file \S+/\.spotgrid/offline-\d+/Pulumi\.aws-dev\.yaml --config spotgrid:offline=true --diff backend=file://\S+\n$`, a.out)
	assert.NoDirExists(t, filepath.Join(p.dir, ".spotgrid"))

	unknown := p.spotgrid(t, "", "preview", "--stack", "aws-dve", "--offline")
	assert.Equal(t, 2, unknown.code)
	assert.Contains(t, unknown.err, "there are: aws-dev")
}

func TestWithALoginAPreviewIsTheUsersOwn(t *testing.T) {
	t.Parallel()
	p := project(t)
	p.environment = append(p.environment, "PULUMI_BACKEND_URL=file:///mine")
	a := p.spotgrid(t, "", "preview", "--stack", "aws-dev", "--json")
	require.Zero(t, a.code, a.err)
	assert.Equal(t, "pulumi preview --json --stack aws-dev backend=file:///mine\n", a.out)
	offline := p.spotgrid(t, "", "preview", "--stack", "aws-dev", "--offline", "--json")
	require.Zero(t, offline.code, offline.err)
	assert.Contains(t, offline.out, "--config spotgrid:offline=true --json")
	assert.NotContains(t, offline.out, "file:///mine")
}

func TestWithoutALoginNothingIsBroughtUp(t *testing.T) {
	t.Parallel()
	p := project(t)
	for _, args := range [][]string{{"up"}, {"down"}, {"pulumi", "--", "refresh"}, {"status"}, {"submit", "--", "true"}} {
		a := p.spotgrid(t, "", append([]string{"--stack", "aws-dev"}, args...)...)
		assert.Equal(t, 3, a.code, args)
		assert.Contains(t, a.err, "run `pulumi login`", args)
		assert.Contains(t, a.err, "PULUMI_BACKEND_URL=file://", args)
		assert.Empty(t, a.out, args)
	}
}
