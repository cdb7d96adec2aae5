package migfleet_test

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
	t           *testing.T
	root        string
	fail        string // what a call that fails holds
	failTimes   int
	content     string // of the worker program, as it is downloaded
	createdBy   string
	bootSeconds int
}

const (
	goodProgram = "#!/bin/true\n"
	regional    = "projects/123456789012/regions/europe-west1/instanceGroupManagers/spot-spot-0-1a2b3c4"
	zonal       = "projects/123456789012/zones/europe-west1-c/instanceGroupManagers/spot-on-demand-1a2b3c4"
)

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{t: t, root: t.TempDir(), failTimes: 1000, content: goodProgram, createdBy: regional, bootSeconds: 60}
	fake, err := os.ReadFile("testdata/fake.sh")
	require.NoError(t, err)
	for _, name := range []string{"mount", "systemctl", "curl", "shutdown", "groupadd", "useradd", "sleep", "chown", "getent"} {
		s.write("bin/"+name, string(fake))
	}
	s.write("bin/getent", "#!/bin/sh\nexit 2\n") // there is no such user yet
	sum := sha256.Sum256([]byte(goodProgram))
	s.write("attributes/boot-env", `BUCKET='programs'
GROUP_MINIMUM=''
KEY='worker/abc'
MOUNT_OPTIONS='vers=3,nolock'
MOUNT_PATH='/mnt/grid'
OWNER_ID='10001'
SERVER='10.0.0.2'
SHA256='`+hex.EncodeToString(sum[:])+`'
SHARE='grid'
VOLUME_PATH='/mnt/grid/volume'
`)
	s.write("attributes/worker-env", "SPOTGRID_SLOTS='1'\n")
	for _, unit := range []string{"worker-service", "gone-service", "lifetime-service", "lifetime-timer"} {
		s.write("attributes/"+unit, "the unit "+unit+"\n")
	}
	s.write("dev/console", "")
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

// run runs the script and says whether it succeeded.
func (s *sandbox) run(arguments ...string) bool {
	s.t.Helper()
	s.write("program", s.content)
	var out bytes.Buffer
	c := exec.Command("bash", append([]string{"boot.sh"}, arguments...)...)
	c.Stdout, c.Stderr = &out, &out
	c.Env = []string{
		"PATH=" + filepath.Join(s.root, "bin") + ":/usr/bin:/bin", "SANDBOX=" + s.root, "FAIL=" + s.fail, "FAIL_TIMES=" + strconv.Itoa(s.failTimes),
		"CREATED_BY=" + s.createdBy, "SPOTGRID_ROOT=" + s.root, "SPOTGRID_BOOT_SECONDS=" + strconv.Itoa(s.bootSeconds),
	}
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	if len(arguments) == 0 {
		assert.Empty(s.t, out.String(), "everything goes to the log and the console")
	}
	return err == nil
}

// calls are the programs that were called, without the sandbox's own path and
// what is the same in each call.
func (s *sandbox) calls() []string {
	text := strings.NewReplacer(
		s.root, "", "curl --silent --show-error --fail --max-time 5 --retry 5 --retry-connrefused --header Metadata-Flavor: Google http://metadata.google.internal/computeMetadata/v1/", "ask ",
		"curl --silent --show-error --fail --connect-timeout 5 --header @- ", "call ",
	).Replace(s.read("calls"))
	text = strings.ReplaceAll(text, "ask instance/service-accounts/default/token\n", "")
	return strings.Split(strings.TrimSpace(text), "\n")
}

const (
	startWorker = "systemctl start spotgrid-lifetime.timer spotgrid-worker.service"
	powerOff    = "shutdown --poweroff now"
	lastResort  = "shutdown --poweroff +5"
)

// leaveCall is how the machine is taken out of a group.
func leaveCall(place string) string {
	return `call --max-time 30 --output /dev/null --header Content-Type: application/json ` +
		`--data {"instances":["zones/europe-west1-c/instances/stack-spot-x1y2"],"skipInstancesOnValidationError":true} ` +
		`https://compute.googleapis.com/compute/v1/projects/acme-grid/` + place + `/deleteInstances`
}

var identify = []string{"ask project/project-id", "ask instance/name", "ask instance/zone", "ask instance/attributes/created-by"}

func TestAMachineBecomesAWorker(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	require.True(t, s.run(), s.read("run/spotgrid/boot.log"))
	want := []string{
		"shutdown --poweroff +20",
		"ask instance/attributes/spotgrid-boot-env", "ask instance/attributes/spotgrid-worker-env", "ask instance/attributes/spotgrid-worker-service",
		"ask instance/attributes/spotgrid-gone-service", "ask instance/attributes/spotgrid-lifetime-service", "ask instance/attributes/spotgrid-lifetime-timer",
	}
	want = append(want, identify...)
	want = append(want,
		"mount -i -t nfs -o vers=3,nolock,nosuid,nodev,addr=10.0.0.2 10.0.0.2:/grid /mnt/grid",
		"call --max-time 300 --output /run/spotgrid/worker https://storage.googleapis.com/programs/worker/abc",
		"groupadd --gid 10001 spotgrid",
		"useradd --uid 10001 --gid spotgrid --no-create-home --home-dir /var/lib/spotgrid --shell /usr/sbin/nologin spotgrid",
		"chown 10001:10001 /mnt/grid/volume",
		"systemctl daemon-reload", startWorker, "shutdown -c",
	)
	assert.Equal(t, want, s.calls())
	assert.Equal(t, "Authorization: Bearer a-token\n", s.read("authorization"))
	assert.NotContains(t, s.read("calls"), "a-token", "the list of processes shows arguments")
	assert.Equal(t, `SPOTGRID_WORKER='stack-spot-x1y2'
SPOTGRID_GROUP_URL='mig://acme-grid/europe-west1/spot-spot-0-1a2b3c4?instance=stack-spot-x1y2'
`, s.read("etc/spotgrid/instance.env"))
	assert.Equal(t, "SPOTGRID_SLOTS='1'\n", s.read("etc/spotgrid/worker.env"))
	assert.Equal(t, "the unit worker-service\n", s.read("etc/systemd/system/spotgrid-worker.service"))
	assert.Equal(t, "the unit lifetime-timer\n", s.read("etc/systemd/system/spotgrid-lifetime.timer"))
	assert.Equal(t, goodProgram, s.read("usr/local/bin/spotgrid-worker"))
	script, err := os.ReadFile("boot.sh")
	require.NoError(t, err)
	assert.Equal(t, string(script), s.read("usr/local/lib/spotgrid/boot.sh"), "to leave by, later")
	for _, line := range strings.Split(strings.TrimSpace(s.read("dev/console")), "\n") {
		assert.True(t, json.Valid([]byte(line)), line)
	}
	assert.Contains(t, s.read("dev/console"), "the worker is started")
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestAMachineWithoutAMountMountsNothing(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.write("attributes/boot-env", "BUCKET='programs'\nGROUP_MINIMUM=''\nKEY='worker/abc'\nMOUNT_PATH=''\nOWNER_ID='10001'\nSHA256='"+sha256Of(goodProgram)+"'\n")
	require.True(t, s.run(), s.read("run/spotgrid/boot.log"))
	calls := strings.Join(s.calls(), "\n")
	assert.Contains(t, calls, startWorker)
	assert.NotContains(t, calls, "mount ")
	assert.NotContains(t, calls, "chown")
}

func TestAMachineKnowsTheGroupsMinimumAndWhereItIs(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.createdBy = zonal
	s.write("attributes/boot-env", strings.ReplaceAll(s.read("attributes/boot-env"), "GROUP_MINIMUM=''", "GROUP_MINIMUM='&min=2'"))
	require.True(t, s.run())
	assert.Contains(t, s.read("etc/spotgrid/instance.env"),
		"SPOTGRID_GROUP_URL='mig://acme-grid/europe-west1-c/spot-on-demand-1a2b3c4?instance=stack-spot-x1y2&min=2'\n")
}

func TestAMachineThatStartsAgainBecomesAWorkerAgain(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	require.True(t, s.run())
	require.NoError(t, os.Remove(filepath.Join(s.root, "calls")))
	s.write("bin/getent", "#!/bin/sh\n")
	s.write("bin/mountpoint", "#!/bin/sh\n")
	require.True(t, s.run(), s.read("run/spotgrid/boot.log"))
	calls := s.calls()
	assert.Contains(t, calls, startWorker)
	for _, not := range []string{"groupadd", "useradd", "mount "} {
		assert.NotContains(t, strings.Join(calls, "\n"), not)
	}
}

func TestAMachineLeavesItsGroup(t *testing.T) {
	t.Parallel()
	for place, by := range map[string]string{
		"regions/europe-west1/instanceGroupManagers/spot-spot-0-1a2b3c4":    regional,
		"zones/europe-west1-c/instanceGroupManagers/spot-on-demand-1a2b3c4": zonal,
	} {
		s := newSandbox(t)
		s.createdBy = by
		require.True(t, s.run("leave"))
		assert.Equal(t, append(append([]string{}, identify...), leaveCall(place), lastResort), s.calls(),
			"it is switched off only if it should still be there later")
		assert.Contains(t, s.read("dev/console"), "leaving the group")
	}
}

func TestAMachineThatCannotLeaveIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for fail, times := range map[string]int{"deleteInstances": 5, "created-by": 3, "default/token": 5} {
		s := newSandbox(t)
		s.fail = fail
		require.True(t, s.run("leave"))
		calls := s.calls()
		assert.Equal(t, powerOff, calls[len(calls)-1], fail)
		assert.Equal(t, times-1, strings.Count(s.read("calls"), "sleep 10\n"), fail)
		assert.Contains(t, s.read("dev/console"), "could not leave the group", fail)
	}
}

func TestAMachineOfNoGroupIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"", "somebody", "projects/1/zones/z/instanceGroupManagers/g/x", `projects/1/zones/z/instanceGroupManagers/a"b`} {
		s := newSandbox(t)
		s.createdBy = by
		require.True(t, s.run("leave"))
		calls := s.calls()
		assert.Equal(t, powerOff, calls[len(calls)-1], by)
		assert.NotContains(t, s.read("calls"), "deleteInstances", by)
	}
}
