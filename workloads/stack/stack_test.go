package stack

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestFindProjectLooksUpwards(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	deep := filepath.Join(root, "workloads", "cmd")
	require.NoError(t, os.MkdirAll(deep, 0o700))
	_, err := FindProject(deep)
	require.ErrorIs(t, err, ErrNoProject)

	write(t, filepath.Join(root, "workloads", "Pulumi.yaml"), "name: another\n")
	write(t, filepath.Join(root, "Pulumi.yaml"), "runtime: go\nname: spotgrid\n")
	found, err := FindProject(deep)
	require.NoError(t, err)
	assert.Equal(t, root, found, "a project of another name is passed by")
}

func TestOnlyLocalStacksAreKeptInTheProject(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"local": true, "local-two": true, "locale": false, "aws-dev": false} {
		s, err := New("/project", name)
		require.NoError(t, err)
		assert.Equal(t, local, s.Local(), name)
	}
	for _, bad := range []string{"", "../x", "a b", "-x"} {
		_, err := New("/project", bad)
		assert.Error(t, err, bad)
	}
}

// values are the last ones of an environment: those that count.
func values(env []string) map[string]string {
	m := map[string]string{}
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	return m
}

func TestALocalStackSeesNothingOfTheUsersPulumi(t *testing.T) {
	t.Parallel()
	users := []string{"HOME=/home/me", "PULUMI_ACCESS_TOKEN=secret", "PULUMI_BACKEND_URL=s3://mine", "PULUMI_CONFIG_PASSPHRASE=mine"}
	local := values(Stack{Root: "/project", Name: "local"}.Environment(users))
	assert.Equal(t, "file:///project/.spotgrid/stacks/local/state", local["PULUMI_BACKEND_URL"])
	assert.Equal(t, "/project/.spotgrid/stacks/local/home", local["PULUMI_HOME"])
	assert.NotContains(t, local, "PULUMI_ACCESS_TOKEN")
	assert.NotContains(t, local, "PULUMI_CONFIG_PASSPHRASE")
	assert.Equal(t, "/home/me", local["HOME"])

	cloud := values(Stack{Root: "/project", Name: "aws-dev"}.Environment(users))
	assert.Equal(t, "s3://mine", cloud["PULUMI_BACKEND_URL"], "a cloud's stack uses the user's login")
	assert.True(t, strings.HasPrefix(cloud["PATH"], "/project/bin"+string(filepath.ListSeparator)))
}

func TestLocksOfTheDeadAreClearedAndOthersStay(t *testing.T) {
	t.Parallel()
	s := Stack{Root: t.TempDir(), Name: "local"}
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	host, err := os.Hostname()
	require.NoError(t, err)
	dir := filepath.Join(s.own().state(), ".pulumi", "locks", "organization", "spotgrid", "local")
	lock := func(name string, pid int, host string) string {
		b, err := json.Marshal(map[string]any{"pid": pid, "hostname": host})
		require.NoError(t, err)
		path := filepath.Join(dir, name+".json")
		write(t, path, string(b))
		return path
	}
	dead := lock("dead", gone.Process.Pid, host)
	alive := lock("alive", os.Getpid(), host)
	elsewhere := lock("elsewhere", gone.Process.Pid, "another-"+host)
	s.own().clearLocks()
	assert.NoFileExists(t, dead)
	assert.FileExists(t, alive)
	assert.FileExists(t, elsewhere)
}

func TestTheRepositorysConfigIsOnlyCopied(t *testing.T) {
	t.Parallel()
	s := Stack{Root: t.TempDir(), Name: "local"}
	own := filepath.Join(s.Root, "stacks", "config", "Pulumi.local.yaml")
	write(t, own, "config: {}\n")
	require.NoError(t, s.own().prepare())
	copied, err := s.own().configCopy(nil)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(copied, s.Folder()))
	content, err := os.ReadFile(copied)
	require.NoError(t, err)
	assert.Equal(t, "config: {}\n", string(content))

	first, err := os.ReadFile(s.own().passphrase())
	require.NoError(t, err)
	require.NoError(t, s.own().prepare())
	second, err := os.ReadFile(s.own().passphrase())
	require.NoError(t, err)
	assert.Equal(t, first, second, "a passphrase is made once")
	info, err := os.Stat(s.own().passphrase())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	g, err := parse([]byte(`{"grid":{"version":1,"target":"local","queueUrl":"nats://q","functions":{"quote":"grid-quote"},"control":{"agentDirectory":"/a"}}}`))
	require.NoError(t, err)
	assert.Equal(t, Grid{Version: 1, Target: "local", QueueURL: "nats://q", Functions: map[string]string{"quote": "grid-quote"}, Control: map[string]string{"agentDirectory": "/a"}}, g)

	_, err = parse([]byte(`{}`))
	assert.ErrorIs(t, err, ErrNoGrid)
	_, err = parse([]byte(`{"grid":{"version":2}}`))
	assert.ErrorContains(t, err, "version 2, this command reads 1")
	_, err = parse([]byte(`nonsense`))
	assert.ErrorContains(t, err, "pulumi stack output --json")
}

func TestAGridsOtherQueuesTakeThePlaceOfItsOwn(t *testing.T) {
	t.Parallel()
	g, err := parse([]byte(`{"grid":{"version":1,"target":"multicloud","queueUrl":"sqs://jobs","deadLetterUrl":"sqs://dead",
		"queues":{"photos":{"url":"sqs://photos","deadLetterUrl":"sqs://photos-dead"},"films":{"url":"a","deadLetterUrl":"b"}},"control":{"home":"aws"}}}`))
	require.NoError(t, err)
	assert.Equal(t, "aws", g.Home())
	on, err := g.On("photos")
	require.NoError(t, err)
	assert.Equal(t, "sqs://photos", on.QueueURL)
	assert.Equal(t, "sqs://photos-dead", on.DeadLetterURL)
	_, err = g.On("slides")
	assert.ErrorContains(t, err, `queue is "slides", want one of the grid's: films, photos`)
	assert.Equal(t, "gcp", Grid{Target: "gcp"}.Home())
}

func TestTheStackProgramIsBuiltWithoutDebuggingUnlessTheUserHasFlags(t *testing.T) {
	t.Parallel()
	for users, want := range map[string]string{
		"": "-gcflags=all=-dwarf=false", "-mod=mod": "-mod=mod -gcflags=all=-dwarf=false", "-gcflags=all=-N": "-gcflags=all=-N",
	} {
		assert.Equal(t, want, values(withoutDebugging([]string{"HOME=/root", "GOFLAGS=" + users}, users))["GOFLAGS"])
	}
}
