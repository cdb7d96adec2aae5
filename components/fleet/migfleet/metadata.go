package migfleet

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// maxMetadataBytes is what one value may have (Compute Engine, VM metadata,
	// limitations: 256 KB).
	maxMetadataBytes = 256 << 10
	// ownerID is the user and group that the volume's files belong to, as they
	// do on other targets. Workers are that user on their machines.
	ownerID = 10001
	// stopMarginSeconds is what the machine gives the worker beyond the time to
	// drain, to hand its jobs back: what is left of Compute Engine's 30 seconds.
	stopMarginSeconds = 5
	metadataURL       = "gce+http://metadata.google.internal"
)

// pathPattern leaves out what a unit file would read as something else.
var pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`)

// sharePattern is Filestore's (API reference, FileShareConfig), with folders
// below it.
var sharePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+)*$`)

// mountOptions of the kernel's NFS client by version. It waits for a server
// that is away, as Filestore's documentation advises (Filestore, mount file
// shares on Compute Engine clients: hard). Version 3 has its locks in a protocol
// of its own, which needs programs that the image does not have: workers take
// none on the volume.
var mountOptions = map[string]string{
	"": version3Options, "3": version3Options, "4.1": "vers=4.1,proto=tcp,hard,timeo=600,retrans=3",
}

const version3Options = "vers=3,proto=tcp,mountproto=tcp,nolock,hard,timeo=600,retrans=3"

// ownVariables are what the fleet tells workers, beside what it is given to
// pass on.
var ownVariables = []string{
	"SPOTGRID_WORKER", "SPOTGRID_GROUP_URL", "SPOTGRID_SLOTS", "SPOTGRID_DRAIN_SECONDS", "SPOTGRID_IDLE_SECONDS",
	"SPOTGRID_METADATA_URL", "SPOTGRID_LOG",
}

//go:embed boot.sh
var bootScript string

// settings never change with what they are about: machines that people reach
// through OS Login only, which asks IAM, and whose console can be read but not
// typed into (Compute Engine: set up OS Login, SSH keys in metadata, interact
// with the serial console, view serial port output).
var settings = map[string]string{
	"enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE", "serial-port-enable": "FALSE", "serial-port-logging-enable": "TRUE",
}

// metadata is what makes a machine of the group a worker. All values are put
// into files of their own, of which no shell makes commands.
func (p *plan) metadata(g Group) (pulumi.StringMap, error) {
	values := pulumi.StringMap{"startup-script": pulumi.String(bootScript)}
	for name, value := range settings {
		values[name] = pulumi.String(value)
	}
	for name, text := range units(p.mount.Path, p.args.DrainSeconds+stopMarginSeconds, p.options.MaxRunHours) {
		values["spotgrid-"+name] = pulumi.String(text)
	}
	minimum := ""
	if g.MinWorkers > 0 {
		minimum = "&min=" + strconv.Itoa(g.MinWorkers)
	}
	worker := pulumi.StringMap{
		"SPOTGRID_SLOTS": pulumi.String(strconv.Itoa(p.args.Slots)), "SPOTGRID_DRAIN_SECONDS": pulumi.String(strconv.Itoa(p.args.DrainSeconds)),
		"SPOTGRID_IDLE_SECONDS": pulumi.String(strconv.Itoa(p.args.IdleSeconds)),
		"SPOTGRID_METADATA_URL": pulumi.String(metadataURL), "SPOTGRID_LOG": pulumi.String("json"),
	}
	maps.Copy(worker, p.args.Environment)
	boot := pulumi.StringMap{
		"BUCKET": p.program.Place, "KEY": p.program.Key, "SHA256": pulumi.String(p.program.SHA256),
		"MOUNT_PATH": pulumi.String(p.mount.Path), "OWNER_ID": pulumi.String(strconv.Itoa(ownerID)), "GROUP_MINIMUM": pulumi.String(minimum),
	}
	if !p.mount.isNone() {
		boot["SERVER"], boot["SHARE"], boot["MOUNT_OPTIONS"] = p.mount.Server, p.mount.Share, pulumi.String(mountOptions[p.mount.Version])
	}
	path := p.mount.Path
	both := pulumi.All(boot.ToStringMapOutput(), worker.ToStringMapOutput()).ApplyT(func(v []any) ([]string, error) {
		return environments(v[0].(map[string]string), v[1].(map[string]string), path)
	}).(pulumi.StringArrayOutput)
	values["spotgrid-boot-env"], values["spotgrid-worker-env"] = both.Index(pulumi.Int(0)), both.Index(pulumi.Int(1))
	return values, nil
}

// environments are the files that boot.sh and the worker read.
func environments(boot, worker map[string]string, mountPath string) ([]string, error) {
	if mountPath != "" {
		if err := checkServer(boot["SERVER"], boot["SHARE"]); err != nil {
			return nil, err
		}
		folder, err := volumeFolder(mounted(worker), mountPath)
		if err != nil {
			return nil, err
		}
		boot = maps.Clone(boot)
		boot["VOLUME_PATH"] = folder
	} else if url := mounted(worker); strings.HasPrefix(url, "file:") {
		return nil, fmt.Errorf("the volume's URL is %q, but nothing is mounted", url)
	}
	bootEnv, err := environment(boot)
	if err != nil {
		return nil, err
	}
	workerEnv, err := environment(worker)
	if err != nil {
		return nil, err
	}
	return []string{bootEnv, workerEnv}, nil
}

// mounted is the URL of what workers expect to be mounted: the files of jobs, or
// the volume, which then holds them.
func mounted(worker map[string]string) string {
	return cmp.Or(worker["SPOTGRID_FILES_URL"], worker["SPOTGRID_VOLUME_URL"])
}

// checkServer refuses what mount would read as more options. The kernel takes
// addresses only.
func checkServer(server, share string) error {
	if a, err := netip.ParseAddr(server); err != nil || !a.Is4() {
		return fmt.Errorf("server of the volume is %q, want an IPv4 address", server)
	}
	if !sharePattern.MatchString(share) {
		return fmt.Errorf("share of the volume is %q, want a name such as grid", share)
	}
	return nil
}

// volumeFolder is the folder of the volume's URL, which is the one that is
// mounted or lies in it.
func volumeFolder(url, mountPath string) (string, error) {
	if url == "" {
		return mountPath, nil
	}
	folder, ok := strings.CutPrefix(url, "file://")
	if !ok || !pathPattern.MatchString(folder) || slices.Contains(strings.Split(folder, "/"), "..") ||
		folder != mountPath && !strings.HasPrefix(folder, mountPath+"/") {
		return "", fmt.Errorf("the volume's URL is %q, but it is mounted at %q", url, mountPath)
	}
	return folder, nil
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
	if b.Len() > maxMetadataBytes {
		return "", fmt.Errorf("environment is %d bytes, Compute Engine takes %d: shorten it", b.Len(), maxMetadataBytes)
	}
	return b.String(), nil
}
