package asgfleet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sandbox is a folder that boot.sh takes for the whole machine, with stand-ins
// for what it calls.
type sandbox struct {
	t         *testing.T
	root      string
	fail      string // what a call that fails holds
	failTimes int
	content   string // of the worker program, as it is downloaded
}

const goodProgram = "#!/bin/true\n"

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{t: t, root: t.TempDir(), failTimes: 1000, content: goodProgram}
	fake, err := os.ReadFile("testdata/fake.sh")
	require.NoError(t, err)
	for _, name := range []string{"dnf", "aws", "mount", "systemctl", "curl", "shutdown", "groupadd", "useradd", "sleep"} {
		s.write("bin/"+name, string(fake))
	}
	s.write("opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl", string(fake))
	sum := sha256.Sum256([]byte(goodProgram))
	s.write("etc/spotgrid/boot.env", `ACCESS_POINT='fsap-1'
BUCKET='programs'
FILE_SYSTEM='fs-1'
GROUP='stack-spot'
HOOK='spot-drain'
KEY='worker/abc'
LOG_GROUP='spot-logs'
MOUNT_PATH='/mnt/grid'
OWNER_ID='10001'
REGION='eu-west-1'
SHA256='`+hex.EncodeToString(sum[:])+"'\n")
	return s
}

func (s *sandbox) write(path, content string) {
	s.t.Helper()
	path = filepath.Join(s.root, path)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(content), 0o755))
}

// read is "" where there is no file.
func (s *sandbox) read(path string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.root, path))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(s.t, err)
	}
	return string(b)
}

// boot runs the script and says whether it succeeded.
func (s *sandbox) boot() bool {
	s.t.Helper()
	s.write("program", s.content)
	var out bytes.Buffer
	c := exec.Command("bash", "boot.sh", s.root)
	c.Stdout, c.Stderr = &out, &out
	c.Env = []string{
		"PATH=" + filepath.Join(s.root, "bin") + ":/usr/bin:/bin", "SANDBOX=" + s.root, "FAIL=" + s.fail, "FAIL_TIMES=" + strconv.Itoa(s.failTimes),
	}
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	assert.Empty(s.t, out.String(), "everything goes to the log")
	return err == nil
}

// calls are the programs that were called, without the sandbox's own path.
func (s *sandbox) calls() []string {
	return strings.Split(strings.TrimSpace(strings.ReplaceAll(s.read("calls"), s.root, "")), "\n")
}

const (
	startWorker = "systemctl enable --now spotgrid-worker.service"
	powerOff    = "shutdown --poweroff now"
)

func TestAMachineBecomesAWorker(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	require.True(t, s.boot(), s.read("var/log/spotgrid/boot.log"))
	ask := "curl --silent --show-error --fail --max-time 5 --retry 5 --retry-connrefused "
	assert.Equal(t, []string{
		"shutdown --poweroff +20",
		ask + "--request PUT --header X-aws-ec2-metadata-token-ttl-seconds: 300 http://169.254.169.254/latest/api/token",
		ask + "--header X-aws-ec2-metadata-token: a-token http://169.254.169.254/latest/meta-data/instance-id",
		"dnf install --assumeyes --quiet amazon-cloudwatch-agent logrotate",
		"amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/spotgrid/agent.json",
		"dnf install --assumeyes --quiet amazon-efs-utils",
		"mount /mnt/grid",
		"aws s3 cp --only-show-errors --region eu-west-1 s3://programs/worker/abc /run/spotgrid/worker",
		"groupadd --gid 10001 spotgrid",
		"useradd --uid 10001 --gid spotgrid --no-create-home --home-dir /var/lib/spotgrid --shell /usr/sbin/nologin spotgrid",
		"systemctl daemon-reload",
		"systemctl restart logrotate.timer",
		startWorker,
		"shutdown -c",
	}, s.calls())
	assert.Equal(t, "fs-1:/ /mnt/grid efs _netdev,nofail,tls,iam,accesspoint=fsap-1 0 0\n", s.read("etc/fstab"))
	assert.Equal(t, `SPOTGRID_WORKER='i-0123456789abcdef0'
SPOTGRID_GROUP_URL='asg://eu-west-1/stack-spot?instance=i-0123456789abcdef0&hook=spot-drain'
`, s.read("etc/spotgrid/instance.env"))
	assert.Equal(t, goodProgram, s.read("usr/local/bin/spotgrid-worker"))
	assert.Empty(t, s.read("dev/console"))
	for _, line := range strings.Split(strings.TrimSpace(s.read("var/log/spotgrid/boot.log")), "\n") {
		assert.True(t, json.Valid([]byte(line)), line)
	}
}

func TestAMachineWithoutAMountMountsNothing(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.write("etc/spotgrid/boot.env", strings.Replace(s.read("etc/spotgrid/boot.env"), "MOUNT_PATH='/mnt/grid'", "MOUNT_PATH=''", 1))
	require.True(t, s.boot(), s.read("var/log/spotgrid/boot.log"))
	calls := strings.Join(s.calls(), "\n")
	assert.Contains(t, calls, startWorker)
	assert.NotContains(t, calls, "mount ")
	assert.NotContains(t, calls, "efs")
	assert.Empty(t, s.read("etc/fstab"))
}

// faults are what can go wrong, and in which step.
var faults = map[string]struct {
	spoil func(*sandbox)
	step  string
}{
	"no token":           {func(s *sandbox) { s.fail = "api/token" }, "asking for the name of the machine"},
	"no name":            {func(s *sandbox) { s.fail = "meta-data/instance-id" }, "asking for the name of the machine"},
	"no agent":           {func(s *sandbox) { s.fail = "dnf install --assumeyes --quiet amazon-cloudwatch-agent" }, "shipping logs"},
	"agent fails":        {func(s *sandbox) { s.fail = "fetch-config" }, "shipping logs"},
	"no mount helper":    {func(s *sandbox) { s.fail = "amazon-efs-utils" }, "mounting the volume"},
	"no volume":          {func(s *sandbox) { s.fail = "mount " }, "mounting the volume"},
	"no program":         {func(s *sandbox) { s.fail = "aws s3" }, "fetching the worker"},
	"another program":    {func(s *sandbox) { s.content = "#!/bin/false\n" }, "checking the worker"},
	"no group":           {func(s *sandbox) { s.fail = "groupadd" }, "installing the worker"},
	"no user":            {func(s *sandbox) { s.fail = "useradd" }, "installing the worker"},
	"units are not read": {func(s *sandbox) { s.fail = "daemon-reload" }, "starting the worker"},
	"worker fails":       {func(s *sandbox) { s.fail = startWorker }, "starting the worker"},
	"a setting is missing": {func(s *sandbox) {
		s.write("etc/spotgrid/boot.env", "REGION='eu-west-1'\nLOG_GROUP='spot-logs'\n")
	}, "mounting the volume"},
}

func TestAMachineThatCannotBecomeAWorkerSaysSoAndGoes(t *testing.T) {
	t.Parallel()
	for name, c := range faults {

		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			c.spoil(s)
			require.False(t, s.boot())
			calls := s.calls()
			assert.Equal(t, powerOff, calls[len(calls)-1], "the last thing it does")
			if s.fail != startWorker {
				assert.NotContains(t, calls, startWorker)
			}
			stream := "i-0123456789abcdef0/boot"
			if c.step == "asking for the name of the machine" {
				stream = "unknown/boot"
			}
			to := " --region eu-west-1 --log-group-name spot-logs --log-stream-name " + stream + " --cli-connect-timeout 5 --cli-read-timeout 10"
			assert.Contains(t, calls, "aws logs create-log-stream"+to)
			assert.Contains(t, calls, "aws logs put-log-events"+to+" --log-events file:///run/spotgrid/events.json")
			assert.Contains(t, s.read("dev/console"), "gave up while "+c.step)
			assert.Contains(t, lastEvent(t, s), "gave up while "+c.step)
		})
	}
}

// lastEvent is the last line that was shipped without the agent.
func lastEvent(t *testing.T, s *sandbox) string {
	t.Helper()
	var events []struct {
		Timestamp int64
		Message   string
	}
	require.NoError(t, json.Unmarshal([]byte(s.read("events")), &events), s.read("events"))
	require.NotEmpty(t, events)
	for _, e := range events {
		assert.Greater(t, e.Timestamp, int64(1.7e12), "milliseconds")
	}
	return events[len(events)-1].Message
}

func TestAMachineWithoutAnySettingGoesToo(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	require.NoError(t, os.Remove(filepath.Join(s.root, "etc/spotgrid/boot.env")))
	require.False(t, s.boot())
	assert.Equal(t, []string{"shutdown --poweroff +20", powerOff}, s.calls(), "it knows of nowhere to log to")
	assert.Contains(t, s.read("dev/console"), "gave up while reading boot.env")
}

func TestAMachineGoesEvenWhenItCannotShipItsLog(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.fail = "aws "
	require.False(t, s.boot())
	calls := s.calls()
	assert.Equal(t, powerOff, calls[len(calls)-1])
}

func TestWhatMayTakeAWhileIsTriedAgain(t *testing.T) {
	t.Parallel()
	for fail, times := range map[string]int{"mount ": 17, "aws s3": 2, "dnf ": 2} {
		s := newSandbox(t)
		s.fail, s.failTimes = fail, times
		require.True(t, s.boot(), "%s: %s", fail, s.read("var/log/spotgrid/boot.log"))
		assert.Equal(t, times, strings.Count(s.read("calls"), "sleep 10\n"), fail)
		assert.Contains(t, s.calls(), startWorker)
	}
}

func TestAMachineThatTakesTooLongGoes(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.write("bin/mount", "#!/bin/sh\nexec /bin/sleep 60\n")
	s.write("program", s.content)
	c := exec.Command("/usr/bin/timeout", "--kill-after=30", "2", "bash", "boot.sh", s.root)
	c.Env = []string{"PATH=" + filepath.Join(s.root, "bin") + ":/usr/bin:/bin", "SANDBOX=" + s.root, "FAIL=", "FAIL_TIMES=0"}
	assert.Error(t, c.Run())
	calls := s.calls()
	assert.Equal(t, powerOff, calls[len(calls)-1])
	assert.NotContains(t, calls, startWorker)
	assert.Contains(t, s.read("dev/console"), "gave up while mounting the volume")
}

func TestTheScriptIsSound(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("bash", "-n", "boot.sh").CombinedOutput()
	assert.NoError(t, err, string(out))
	tool, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed (Debian and Ubuntu: apt install shellcheck)")
	}
	out, err = exec.Command(tool, "boot.sh").CombinedOutput()
	assert.NoError(t, err, string(out))
}
