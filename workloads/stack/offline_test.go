package stack

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnOfflinePreviewSeesNoAccount(t *testing.T) {
	t.Parallel()
	users := []string{
		"HOME=/home/me", "PULUMI_ACCESS_TOKEN=secret", "PULUMI_HOME=/home/me/pulumi",
		"AWS_PROFILE=mine", "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL=http://mine", "GOOGLE_APPLICATION_CREDENTIALS=/mine",
	}
	env := values(own{Stack{Root: "/project", Name: "aws-dev"}, "/once"}.offlineEnvironment(users))
	assert.Equal(t, "file:///once/state", env["PULUMI_BACKEND_URL"])
	assert.Equal(t, "/once/home", env["PULUMI_HOME"])
	assert.Equal(t, os.DevNull, env["AWS_CONFIG_FILE"])
	assert.Equal(t, "/home/me", env["HOME"], "the compiler's cache is there")
	for _, name := range []string{"PULUMI_ACCESS_TOKEN", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "GOOGLE_APPLICATION_CREDENTIALS", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"} {
		assert.NotContains(t, env, name)
	}
}

func TestInstalledPluginsAreBorrowed(t *testing.T) {
	t.Parallel()
	user, folder := t.TempDir(), t.TempDir()
	o := own{Stack{Root: "/project", Name: "aws-dev"}, folder}
	require.NoError(t, o.prepare())
	require.NoError(t, o.borrowPlugins(user))
	write(t, filepath.Join(user, "plugins", "resource-aws-v6", "program"), "")
	assert.FileExists(t, filepath.Join(folder, "home", "plugins", "resource-aws-v6", "program"), "what is downloaded stays")
}

func TestSecretsOfAConfigAreReplaced(t *testing.T) {
	t.Parallel()
	clean, err := withoutSecrets([]byte(`secretsprovider: awskms://alias/mine
encryptedkey: AAAA
encryptionsalt: v1:BBBB
config:
  pulumi:disable-default-providers: ["*"]
  spotgrid:target: aws
  spotgrid:token: {secure: v1:CCCC}
  spotgrid:functions:
    quote: {timeoutSeconds: 10, keys: [{secure: v1:DDDD}], secure: plain}
    other: {secure: true}
`))
	require.NoError(t, err)
	assert.YAMLEq(t, `config:
  pulumi:disable-default-providers: ["*"]
  spotgrid:target: aws
  spotgrid:token: offline
  spotgrid:functions:
    quote: {timeoutSeconds: 10, keys: [offline], secure: plain}
    other: {secure: true}
`, string(clean))
	_, err = withoutSecrets([]byte("config: ["))
	assert.Error(t, err)
	empty, err := withoutSecrets(nil)
	require.NoError(t, err)
	assert.YAMLEq(t, "{}", string(empty))
}

func TestAStackThatNothingDescribesIsNotPreviewed(t *testing.T) {
	t.Parallel()
	s := Stack{Root: t.TempDir(), Name: "aws-dve"}
	write(t, filepath.Join(s.Root, "stacks", "config", "Pulumi.aws-dev.yaml"), "")
	write(t, filepath.Join(s.Root, "stacks", "config", "Pulumi.local.yaml"), "")
	err := s.PreviewOffline(t.Context(), Streams{})
	assert.ErrorIs(t, err, ErrNoConfig)
	assert.ErrorContains(t, err, "there are: aws-dev, local")
	assert.NoDirExists(t, filepath.Join(s.Root, ".spotgrid"))
}

// program prints what it was told and, if config says so, hangs.
const program = `package main

import (
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		offline, _ := ctx.GetConfig("spotgrid:offline")
		secret, _ := ctx.GetConfig("spotgrid:secret")
		ctx.Log.Info("offline="+offline+" secret="+secret+" key="+os.Getenv("AWS_SECRET_ACCESS_KEY")+".", nil)
		if hang, _ := ctx.GetConfig("spotgrid:hang"); hang != "" {
			os.WriteFile(hang, nil, 0o600)
			time.Sleep(time.Minute)
		}
		return nil
	})
}
`

// project makes a project around the built pulumi, and skips the test where
// there is none.
func project(t *testing.T) Stack {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(root, "bin", "pulumi")); err != nil {
		t.Skip("bin/pulumi is not built, run `make tools`")
	}
	s := Stack{Root: t.TempDir(), Name: "aws-dev"}
	require.NoError(t, os.Symlink(filepath.Join(root, "bin"), filepath.Join(s.Root, "bin")))
	for _, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		write(t, filepath.Join(s.Root, name), string(b))
	}
	write(t, filepath.Join(s.Root, "Pulumi.yaml"), "name: spotgrid\nruntime: go\nmain: stacks\nstackConfigDir: stacks/config\n")
	write(t, filepath.Join(s.Root, "stacks", "main.go"), program)
	write(t, s.configFile(), "secretsprovider: awskms://alias/mine\nconfig:\n  spotgrid:secret: {secure: v1:CCCC}\n")
	return s
}

func TestAnOfflinePreviewNeedsNoLoginAndLeavesNothing(t *testing.T) {
	s := project(t)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "mine")
	t.Setenv("PULUMI_ACCESS_TOKEN", "mine")
	t.Setenv("PULUMI_HOME", t.TempDir())
	config, err := os.ReadFile(s.configFile())
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, s.PreviewOffline(t.Context(), Streams{Out: &out, Err: &out}, "--json"), out.String())
	assert.Contains(t, out.String(), "offline=true secret=offline key=.")
	assert.Contains(t, out.String(), `"create": 1`)
	assert.NoDirExists(t, filepath.Join(s.Root, ".spotgrid"))
	after, err := os.ReadFile(s.configFile())
	require.NoError(t, err)
	assert.Equal(t, string(config), string(after))
}

func TestAnInterruptedOfflinePreviewLeavesNothing(t *testing.T) {
	s := project(t)
	t.Setenv("PULUMI_HOME", t.TempDir())
	begun := filepath.Join(t.TempDir(), "begun")
	write(t, s.configFile(), "config:\n  spotgrid:hang: "+begun+"\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.PreviewOffline(ctx, Streams{}) }()
	require.Eventually(t, func() bool { _, err := os.Stat(begun); return err == nil }, time.Minute, 10*time.Millisecond)
	cancel()
	select {
	case err := <-ended:
		assert.ErrorIs(t, err, context.Canceled)
	case <-time.After(30 * time.Second):
		t.Fatal("the preview did not end")
	}
	assert.NoDirExists(t, filepath.Join(s.Root, ".spotgrid"))
	left, _ := exec.Command("pgrep", "-f", s.Root).Output()
	assert.Empty(t, strings.TrimSpace(string(left)), "no process is left")
}
