// Package filestorevolume builds volumes on Filestore: an NFS server of one
// size, in one zone or in a region.
//
// The whole size is paid for by the hour, whether files are on it or not, and
// the smallest sizes (zonal 1 TiB, regional 100 GiB) are large: it is likely
// the largest cost of a stack that does nothing. Prices:
// https://cloud.google.com/filestore/pricing. A project may use no zonal and
// no regional capacity until Google has raised its quota from 0 (Filestore,
// creating instances).
//
// Machines speak NFSv3: the provider's version here can ask for no other. It
// knows who a client is by its address and carries no TLS, so the share is for
// the addresses of one subnet, a firewall rule lets the fleet alone out to it,
// and what is between them is Google's own network. Everybody on a machine who
// is root can read everything.
//
// Left out, and why:
//   - Scheduled backups. A backup is named by who makes it (Filestore API,
//     projects.locations.backups.create, backupId), and Cloud Scheduler sends
//     the same request each time: from the second day on it would be refused,
//     since the name is taken. It takes a function that makes up the name, and
//     Resources tell it what to back up.
//   - Deletion protection by Filestore itself, which the provider's version does
//     not have. volume.Args.Protect makes Pulumi refuse.
//   - A bucket behind the same URL, mounted with Cloud Storage FUSE, for those
//     who cannot pay for this. A worker commits a result by a hard link to a
//     name that nobody has yet, which is what makes it happen once. An object
//     has one name, and Cloud Storage FUSE calls itself no POSIX file system
//     (Cloud Storage FUSE, limitations): no worker could commit anything. With a
//     rename in the link's place, the second of two workers would replace what
//     the first one committed, and nobody would see it.
package filestorevolume

import (
	"fmt"
	"sync"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/filestore"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/volume"
)

const (
	// MountPath is where a fleet mounts the share on its machines.
	MountPath = "/mnt/grid"
	// Path is the volume's: a folder of the share, which has one of its own for
	// files that are found after a crash, and a volume starts as an empty folder.
	Path = MountPath + "/volume"
	// ShareName is of the one share of an instance: 16 characters at most.
	ShareName = "grid"
	// NFSVersion is what machines speak with the server. Its locks come from a
	// protocol beside it that calls clients back, and nothing gets in to a
	// machine; workers take no locks, so mount with nolock.
	NFSVersion = "3"
)

// Options of all volumes of a driver.
type Options struct {
	// Tier is required.
	Tier Tier
	// Location is a zone for TierZonal, such as europe-west1-b, and a region for
	// TierRegional.
	Location string
	// SizeGiB of the share. It can be changed later, both ways, but not between
	// the tier's two ranges. Zonal: 1024..9984 by 256 or 10240..102400 by 2560.
	// Regional: 100..10239 or 10240..102400 by 2560.
	SizeGiB int
	// Clients is how many machines mount the share at once, at most. The size
	// has to allow that many: 500 for each 256 GiB.
	Clients int
	// Network is the ID of the VPC network that machines stand in. It is peered
	// with Filestore's.
	Network pulumi.StringInput
	// SubnetCIDR is where machines have their addresses, such as 10.20.0.0/16:
	// no other address may mount the share.
	SubnetCIDR string
	// FleetServiceAccounts are the emails of those of the machines: no other
	// machine is let out to the share. A rule of the firewall takes 10 (Compute
	// Engine API reference, firewalls.targetServiceAccounts).
	FleetServiceAccounts []pulumi.StringInput
	// SquashRoot makes root of every machine nobody on the share. A new share
	// belongs to root, and nobody else can write to it (Filestore, access
	// control, file share permissions), so that a stack that starts with it is
	// stuck: bring it up without, let the first machine make the share a volume
	// that belongs to the user of the workers, then switch this on.
	SquashRoot bool
	// KMSKeyName is a key to encrypt with, projects/P/locations/L/keyRings/R/
	// cryptoKeys/K, which Filestore's service agent must be allowed to use
	// (Filestore, customer-managed encryption keys); nil: Google's own, at no
	// cost. Another key replaces the instance with all that is on it.
	KMSKeyName pulumi.StringInput
	// Labels go on the instance.
	Labels map[string]string
}

// Resources are what a volume is made of, for the fleet that mounts it and for
// a function that backs it up: a backup is of an instance's ID and ShareName.
type Resources struct {
	Instance *filestore.Instance
	Rule     *compute.Firewall
	// Address is the server's, known once it answers.
	Address pulumi.StringOutput
}

// Driver builds volumes on Filestore.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ volume.Driver = (*Driver)(nil)

// New makes a driver. All faults of the options come in one error.
func New(o Options) (*Driver, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("reading options of volumes on Filestore: %w", err)
	}
	return &Driver{options: o, built: map[string]*Resources{}}, nil
}

// Target implements volume.Driver.
func (*Driver) Target() string { return "gcp" }

// Built returns what the volume of that name is made of, once it is declared.
func (d *Driver) Built(name string) (*Resources, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.built[name]
	return r, ok
}

func (d *Driver) keep(name string, r *Resources) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.built[name] = r
}
