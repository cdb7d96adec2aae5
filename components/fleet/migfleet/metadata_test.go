package migfleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/fleettest"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
)

// metadata is that of the fleet's machines on demand, or of the first rank.
func metadata(t *testing.T, o migfleet.Options, a fleet.Args, group string) map[string]string {
	t.Helper()
	tree, _ := declare(t, o, a)
	values := map[string]string{}
	for key, value := range inputs(t, tree, templateType, "spot-"+group)["metadata"].(map[string]any) {
		values[key] = value.(string)
	}
	return values
}

func TestMachinesAreToldWhatTheyNeedToKnow(t *testing.T) {
	t.Parallel()
	a := valid()
	a.MinWorkers = 1
	m := metadata(t, options(t), a, "spot-0")
	sha := fleettest.Valid().Worker.SHA256
	assert.Equal(t, `BUCKET='programs'
GROUP_MINIMUM='&min=1'
KEY='worker/`+sha+`'
MOUNT_OPTIONS='vers=3,proto=tcp,mountproto=tcp,nolock,hard,timeo=600,retrans=3'
MOUNT_PATH='/mnt/grid'
OWNER_ID='10001'
SERVER='10.0.0.2'
SHA256='`+sha+`'
SHARE='grid'
VOLUME_PATH='/mnt/grid/volume'
`, m["spotgrid-boot-env"])
	assert.Equal(t, `SPOTGRID_DRAIN_SECONDS='20'
SPOTGRID_IDLE_SECONDS='60'
SPOTGRID_LOG='json'
SPOTGRID_METADATA_URL='gce+http://metadata.google.internal'
SPOTGRID_QUEUE_URL='nats://127.0.0.1/jobs'
SPOTGRID_SLOTS='1'
SPOTGRID_VOLUME_URL='file:///mnt/grid/volume'
`, m["spotgrid-worker-env"])
	script, err := os.ReadFile("boot.sh")
	require.NoError(t, err)
	assert.Equal(t, string(script), m["startup-script"], "as it is, with no value in it")

	assert.Contains(t, metadata(t, options(t), a, "spot-1")["spotgrid-boot-env"], "GROUP_MINIMUM=''\n", "another group has no minimum")
}

func TestTheShareItselfMayBeTheVolume(t *testing.T) {
	t.Parallel()
	o, a := options(t), valid()
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/grid")
	o.Mount = func(fleet.Args) (migfleet.Mount, error) {
		return migfleet.Mount{Server: pulumi.String("10.0.0.2"), Share: pulumi.String("grid/a"), Path: "/mnt/grid", Version: "4.1"}, nil
	}
	boot := metadata(t, o, a, "spot-0")["spotgrid-boot-env"]
	assert.Contains(t, boot, "VOLUME_PATH='/mnt/grid'\n")
	assert.Contains(t, boot, "MOUNT_OPTIONS='vers=4.1,proto=tcp,hard,timeo=600,retrans=3'\n")
}

func TestAWorkersUnitLetsItDrainInTimeAndItsMachineLeave(t *testing.T) {
	t.Parallel()
	o, a := options(t), valid()
	a.DrainSeconds, o.MaxRunHours = 25, 48
	m := metadata(t, o, a, "spot-0")
	for _, line := range []string{
		"TimeoutStopSec=30", "KillMode=mixed", "Restart=on-failure", "OnFailure=spotgrid-gone.service", "OnSuccess=spotgrid-gone.service",
		"NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/mnt/grid /var/lib/spotgrid", "PrivateTmp=yes",
		"RequiresMountsFor=/mnt/grid", "User=spotgrid", "StandardOutput=journal+console", "ExecStartPre=/usr/local/bin/spotgrid-worker init-volume",
	} {
		assert.Contains(t, m["spotgrid-worker-service"], line+"\n")
	}
	assert.NotContains(t, m["spotgrid-worker-service"], "poweroff", "the group would start the machine again")
	assert.Contains(t, m["spotgrid-gone-service"], "boot.sh leave\n")
	assert.Contains(t, m["spotgrid-lifetime-service"], "systemctl stop spotgrid-worker.service\n")
	assert.Contains(t, m["spotgrid-lifetime-timer"], "OnActiveSec=48h\n")
}

func TestAValueIsNeverReadAsACommand(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Environment["TRICKY"] = pulumi.String(`$(touch /tmp/pwned) "quoted" \ ; # %n`)
	path := filepath.Join(t.TempDir(), "worker.env")
	require.NoError(t, os.WriteFile(path, []byte(metadata(t, options(t), a, "spot-0")["spotgrid-worker-env"]), 0o600))
	out, err := exec.Command("bash", "-c", `. "$1"; printf %s "$TRICKY"`, "bash", path).Output()
	require.NoError(t, err)
	assert.Equal(t, `$(touch /tmp/pwned) "quoted" \ ; # %n`, string(out))

	for _, value := range []string{"it's", "two\nlines", "nul\x00"} {
		a.Environment["TRICKY"] = pulumi.String(value)
		assert.ErrorContains(t, declaring(options(t), a), "TRICKY has a quote or a control character", "%q", value)
	}
}

func TestSystemdTakesTheUnits(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not installed")
	}
	m, dir := metadata(t, options(t), valid(), "spot-0"), t.TempDir()
	var paths []string
	for _, name := range []string{"worker.service", "gone.service", "lifetime.service", "lifetime.timer"} {
		path := filepath.Join(dir, "spotgrid-"+name)
		// The program is not installed here.
		unit := strings.ReplaceAll(m["spotgrid-"+strings.Replace(name, ".", "-", 1)], "/usr/local/bin/spotgrid-worker", "/bin/true")
		require.NoError(t, os.WriteFile(path, []byte(unit), 0o600))
		paths = append(paths, path)
	}
	out, err := exec.Command(tool, append([]string{"verify", "--man=no"}, paths...)...).CombinedOutput()
	assert.NotContains(t, string(out), "spotgrid-", "%v", err)
}

func TestMachinesOfAVolumeThatIsNoFileSystemMountNothing(t *testing.T) {
	t.Parallel()
	o, a := options(t), valid()
	o.Mount = func(fleet.Args) (migfleet.Mount, error) { return migfleet.Mount{}, nil }
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("gs://acme-grid/volume")
	m := metadata(t, o, a, "spot-0")
	assert.NotContains(t, m["spotgrid-worker-service"], "RequiresMountsFor")
	assert.Contains(t, m["spotgrid-worker-service"], "ReadWritePaths=/var/lib/spotgrid\n")
	assert.Contains(t, m["spotgrid-boot-env"], "MOUNT_PATH=''\n")
	assert.NotContains(t, m["spotgrid-boot-env"], "SERVER")

	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/grid")
	assert.ErrorContains(t, declaring(o, a), "but nothing is mounted")
}
