package asgfleet

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// maxUserDataBytes is what EC2 takes before the encoding (EC2 user guide,
	// user data).
	maxUserDataBytes = 16 << 10
	// ownerID is the user and group that the volume's access point turns every
	// writer into. Workers are that user on their machines too.
	ownerID = 10001
	// bootSeconds is how long a machine may take to become a worker. It then
	// has two minutes to give up in order, and is switched off after 20 minutes
	// whatever happens (boot.sh).
	bootSeconds = 900
	metadataURL = "http://169.254.169.254"

	// SettingsFolder is where user data writes what the machine is told.
	SettingsFolder = "/etc/spotgrid"

	bootEnvPath   = SettingsFolder + "/boot.env"
	workerEnvPath = SettingsFolder + "/worker.env"
	bootPath      = "/usr/local/lib/spotgrid/boot.sh"
)

// pathPattern leaves out what a unit file or fstab would read as something
// else.
var pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)

// ownVariables are what the fleet tells workers, beside what it is given to
// pass on.
var ownVariables = []string{
	"SPOTGRID_WORKER", "SPOTGRID_GROUP_URL", "SPOTGRID_SLOTS", "SPOTGRID_DRAIN_SECONDS", "SPOTGRID_METADATA_URL", "SPOTGRID_LOG", "AWS_REGION",
}

//go:embed boot.sh
var bootScript string

// cloudConfig is what cloud-init reads (cloud-init documentation, write files
// and runcmd).
type cloudConfig struct {
	WriteFiles []file     `json:"write_files"`
	RunCommand [][]string `json:"runcmd"`
}

type file struct {
	Path        string `json:"path"`
	Permissions string `json:"permissions"`
	Content     string `json:"content"`
}

// userData is what makes a machine a worker, in base64. All values are put into
// files of their own, of which no shell makes commands.
func (p *plan) userData() (pulumi.StringOutput, error) {
	boot := pulumi.StringMap{
		"REGION": pulumi.String(p.options.Region), "LOG_GROUP": p.logs.Name,
		"GROUP": pulumi.String(p.groupName), "HOOK": pulumi.String(p.hookName()),
		"BUCKET": p.program.Place, "KEY": p.program.Key, "SHA256": pulumi.String(p.program.SHA256),
		"MOUNT_PATH": pulumi.String(p.mount.Path), "OWNER_ID": pulumi.String(strconv.Itoa(ownerID)),
	}
	if !p.mount.isNone() {
		boot["FILE_SYSTEM"], boot["ACCESS_POINT"] = p.mount.FileSystemID, p.mount.AccessPointID
	}
	worker := pulumi.StringMap{
		"SPOTGRID_SLOTS": pulumi.String(strconv.Itoa(p.args.Slots)), "SPOTGRID_DRAIN_SECONDS": pulumi.String(strconv.Itoa(p.args.DrainSeconds)),
		"SPOTGRID_METADATA_URL": pulumi.String(metadataURL), "SPOTGRID_LOG": pulumi.String("json"), "AWS_REGION": pulumi.String(p.options.Region),
	}
	maps.Copy(worker, p.args.Environment)
	mountPath, stopSeconds := p.mount.Path, p.stopSeconds()
	more := pulumi.StringMap(p.options.Files).ToStringMapOutput()
	return pulumi.All(boot.ToStringMapOutput(), worker.ToStringMapOutput(), more).ApplyT(func(values []any) (string, error) {
		data, err := render(values[0].(map[string]string), values[1].(map[string]string), values[2].(map[string]string), mountPath, stopSeconds)
		if err != nil {
			return "", fmt.Errorf("writing user data: %w", err)
		}
		return base64.StdEncoding.EncodeToString(data), nil
	}).(pulumi.StringOutput), nil
}

// mounted is the URL of what workers expect to be mounted: the files of jobs, or
// the volume, which then holds them.
func mounted(worker map[string]string) string {
	return cmp.Or(worker["SPOTGRID_FILES_URL"], worker["SPOTGRID_VOLUME_URL"])
}

// checkMount refuses a volume that the machine will not find.
func checkMount(url, mountPath string) error {
	switch {
	case mountPath == "" && strings.HasPrefix(url, "file:"):
		return fmt.Errorf("the volume's URL is %q, but nothing is mounted", url)
	case mountPath != "" && url != "" && url != "file://"+mountPath:
		return fmt.Errorf("the volume's URL is %q, but it is mounted at %q", url, mountPath)
	}
	return nil
}

// render is the user data for these values.
func render(boot, worker, more map[string]string, mountPath string, stopSeconds int) ([]byte, error) {
	if err := checkMount(mounted(worker), mountPath); err != nil {
		return nil, err
	}
	bootEnv, err := environment(boot)
	if err != nil {
		return nil, err
	}
	workerEnv, err := environment(worker)
	if err != nil {
		return nil, err
	}
	agent, err := agentConfig(boot["LOG_GROUP"])
	if err != nil {
		return nil, err
	}
	c := cloudConfig{
		WriteFiles: []file{
			{bootEnvPath, "0644", bootEnv}, {workerEnvPath, "0644", workerEnv}, {bootPath, "0755", bootScript},
			{agentPath, "0644", agent}, {unitPath, "0644", workerUnit(mountPath, stopSeconds)}, {goneUnitPath, "0644", goneUnit},
			{rotatePath, "0644", rotation}, {rotateTimerPath, "0644", rotateTimer},
		},
		RunCommand: [][]string{
			{"systemctl", "disable", "--now", "sshd.service"},
			{"timeout", "--kill-after=120", strconv.Itoa(bootSeconds), "/bin/bash", bootPath},
		},
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		c.WriteFiles = append(c.WriteFiles, file{path.Join(SettingsFolder, name), "0644", more[name]})
	}
	return c.encode()
}

// encode writes JSON, which is YAML: nothing in it needs quoting twice.
func (c cloudConfig) encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("#cloud-config\n")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil, err
	}
	if b.Len() > maxUserDataBytes {
		return nil, fmt.Errorf("it is %d bytes, EC2 takes %d: shorten the environment", b.Len(), maxUserDataBytes)
	}
	return b.Bytes(), nil
}

// environment writes values as a shell and systemd both read them: in single
// quotes, in which nothing but the next one means anything.
func environment(values map[string]string) (string, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		bad := func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }
		if strings.ContainsFunc(values[name], bad) {
			return "", fmt.Errorf("%s has a quote or a control character, which has no place in a machine's environment", name)
		}
		fmt.Fprintf(&b, "%s='%s'\n", name, values[name])
	}
	return b.String(), nil
}
