package asgfleet_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/fleet/fleettest"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/efsvolume"
)

// userFiles are the files that user data writes, and the commands it runs.
func userFiles(t *testing.T, data string) (files map[string]string, commands [][]string) {
	t.Helper()
	body, ok := strings.CutPrefix(data, "#cloud-config\n")
	require.True(t, ok)
	var c struct {
		WriteFiles []struct{ Path, Permissions, Content string } `json:"write_files"`
		RunCommand [][]string                                    `json:"runcmd"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &c))
	files = map[string]string{}
	for _, f := range c.WriteFiles {
		files[f.Path] = f.Content
	}
	return files, c.RunCommand
}

func TestMachinesAreToldWhatTheyNeedToKnow(t *testing.T) {
	t.Parallel()
	data, err := userData(t, valid())
	require.NoError(t, err)
	files, commands := userFiles(t, data)
	sha := fleettest.Valid().Worker.SHA256
	assert.Equal(t, `ACCESS_POINT='fsap-1'
BUCKET='programs'
FILE_SYSTEM='fs-1'
GROUP='stack-spot'
HOOK='spot-drain'
KEY='worker/`+sha+`'
LOG_GROUP='spot-logs'
MOUNT_PATH='/mnt/grid'
OWNER_ID='10001'
REGION='eu-west-1'
SHA256='`+sha+`'
`, files["/etc/spotgrid/boot.env"])
	assert.Equal(t, `AWS_REGION='eu-west-1'
SPOTGRID_DRAIN_SECONDS='30'
SPOTGRID_LOG='json'
SPOTGRID_METADATA_URL='http://169.254.169.254'
SPOTGRID_QUEUE_URL='nats://127.0.0.1/jobs'
SPOTGRID_SLOTS='1'
SPOTGRID_VOLUME_URL='file:///mnt/grid'
`, files["/etc/spotgrid/worker.env"])
	assert.Equal(t, [][]string{
		{"systemctl", "disable", "--now", "sshd.service"},
		{"timeout", "--kill-after=120", "900", "/bin/bash", "/usr/local/lib/spotgrid/boot.sh"},
	}, commands)
}

func TestAWorkersUnitLetsItDrainAndItsMachineGo(t *testing.T) {
	t.Parallel()
	data, err := userData(t, valid())
	require.NoError(t, err)
	files, _ := userFiles(t, data)
	unit := files["/etc/systemd/system/spotgrid-worker.service"]
	for _, line := range []string{
		"TimeoutStopSec=60", "KillMode=mixed", "Restart=on-failure", "OnFailure=spotgrid-gone.service", "SuccessAction=poweroff",
		"NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/mnt/grid /var/lib/spotgrid", "PrivateTmp=yes",
		"RequiresMountsFor=/mnt/grid", "User=spotgrid", "StandardOutput=append:/var/log/spotgrid/worker.log",
	} {
		assert.Contains(t, unit, line+"\n")
	}
	assert.Contains(t, files["/etc/systemd/system/spotgrid-gone.service"], "systemctl poweroff")
}

func TestLogsAreShippedToStreamsOfTheMachinesOwn(t *testing.T) {
	t.Parallel()
	data, err := userData(t, valid())
	require.NoError(t, err)
	files, _ := userFiles(t, data)
	assert.JSONEq(t, `{"logs":{"force_flush_interval":5,"logs_collected":{"files":{"collect_list":[
		{"file_path":"/var/log/spotgrid/boot.log","log_group_name":"spot-logs","log_stream_name":"{instance_id}/boot","timezone":"UTC"},
		{"file_path":"/var/log/spotgrid/worker.log","log_group_name":"spot-logs","log_stream_name":"{instance_id}/worker","timezone":"UTC"}]}}}}`,
		files["/etc/spotgrid/agent.json"])
	assert.Contains(t, files["/etc/logrotate.d/spotgrid"], "copytruncate", "systemd keeps the file open")
}

// userData of a fleet with such arguments.
func userData(t *testing.T, a fleet.Args) (string, error) {
	t.Helper()
	return userDataOf(t, options(t), a)
}

func userDataOf(t *testing.T, o asgfleet.Options, a fleet.Args) (string, error) {
	t.Helper()
	tree := componenttest.NewTree(awstest.Compute)
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", asgfleet.New(o), a)
		return err
	}, pulumi.WithMocks("spotgrid", "test", tree))
	if err != nil {
		return "", err
	}
	data, err := base64.StdEncoding.DecodeString(tree.One(t, templateType, "spot-template").Inputs["userData"].StringValue())
	require.NoError(t, err)
	return string(data), nil
}

func TestUserDataIsFarBelowWhatEC2Takes(t *testing.T) {
	t.Parallel()
	data, err := userData(t, valid())
	require.NoError(t, err)
	assert.Less(t, len(data), 10<<10, "of 16 KiB")
}

func TestUserDataThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Environment["LONG"] = pulumi.String(strings.Repeat("x", 16<<10))
	_, err := userData(t, a)
	assert.ErrorContains(t, err, "EC2 takes 16384: shorten the environment")
}

func TestAValueIsNeverReadAsACommand(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Environment["TRICKY"] = pulumi.String(`$(touch /tmp/pwned) "quoted" \ ; # %n`)
	data, err := userData(t, a)
	require.NoError(t, err)
	files, _ := userFiles(t, data)
	path := filepath.Join(t.TempDir(), "worker.env")
	require.NoError(t, os.WriteFile(path, []byte(files["/etc/spotgrid/worker.env"]), 0o600))
	out, err := exec.Command("bash", "-c", `. "$1"; printf %s "$TRICKY"`, "bash", path).Output()
	require.NoError(t, err)
	assert.Equal(t, `$(touch /tmp/pwned) "quoted" \ ; # %n`, string(out))

	for _, value := range []string{"it's", "two\nlines", "nul\x00"} {
		a.Environment["TRICKY"] = pulumi.String(value)
		_, err := userData(t, a)
		assert.ErrorContains(t, err, "TRICKY has a quote or a control character", "%q", value)
	}
}

func TestAVolumeThatIsMountedElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/other")
	_, err := userData(t, a)
	assert.ErrorContains(t, err, `the volume's URL is "file:///mnt/other", but it is mounted at "/mnt/grid"`)
}

func TestWorkersAreTheUserWhomTheVolumesFilesBelongTo(t *testing.T) {
	o := options(t)
	d, err := efsvolume.New(efsvolume.Options{VPCID: o.VPCID, Subnets: o.Subnets, FleetSecurityGroupID: o.SecurityGroupID})
	require.NoError(t, err)
	tree := componenttest.NewTree(awstest.Compute)
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := volume.New(ctx, "shared", d, volume.Args{})
		return err
	}, pulumi.WithMocks("spotgrid", "test", tree)))
	user := tree.One(t, "aws:efs/accessPoint:AccessPoint", "shared-door").Inputs["posixUser"].ObjectValue()
	assert.Equal(t, 10001.0, user["uid"].NumberValue())
	assert.Equal(t, 10001.0, user["gid"].NumberValue())
	data, err := userData(t, valid())
	require.NoError(t, err)
	assert.Contains(t, data, "OWNER_ID='10001'")
}

func TestCloudInitTakesTheUserData(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("cloud-init")
	if err != nil {
		t.Skip("cloud-init is not installed (Debian and Ubuntu: apt install cloud-init)")
	}
	data, err := userData(t, valid())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "user-data")
	require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	out, err := exec.Command(tool, "schema", "--config-file", path).CombinedOutput()
	assert.NoError(t, err, string(out))
}

func TestSystemdTakesTheUnits(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not installed")
	}
	data, err := userData(t, valid())
	require.NoError(t, err)
	files, _ := userFiles(t, data)
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"spotgrid-worker.service", "spotgrid-gone.service"} {
		path := filepath.Join(dir, name)
		// The program is not installed here.
		unit := strings.ReplaceAll(files["/etc/systemd/system/"+name], "/usr/local/bin/spotgrid-worker", "/bin/true")
		require.NoError(t, os.WriteFile(path, []byte(unit), 0o600))
		paths = append(paths, path)
	}
	out, err := exec.Command(tool, append([]string{"verify", "--man=no"}, paths...)...).CombinedOutput()
	assert.NotContains(t, string(out), "spotgrid-", "%v", err)
}

func TestMachinesOfAVolumeThatIsNoFileSystemMountNothing(t *testing.T) {
	t.Parallel()
	o, a := options(t), valid()
	o.Mount = func(fleet.Args) (asgfleet.Mount, error) { return asgfleet.Mount{}, nil }
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("s3://grid-volume/volume?region=eu-west-1")
	data, err := userDataOf(t, o, a)
	require.NoError(t, err)
	files, _ := userFiles(t, data)
	unit := files["/etc/systemd/system/spotgrid-worker.service"]
	assert.NotContains(t, unit, "RequiresMountsFor")
	assert.Contains(t, unit, "ReadWritePaths=/var/lib/spotgrid\n")
	assert.Contains(t, files["/etc/spotgrid/boot.env"], "MOUNT_PATH=''\n")
	assert.NotContains(t, files["/etc/spotgrid/boot.env"], "FILE_SYSTEM")

	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/grid")
	_, err = userDataOf(t, o, a)
	assert.ErrorContains(t, err, "but nothing is mounted")
}
