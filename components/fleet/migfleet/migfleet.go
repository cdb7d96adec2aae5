// Package migfleet builds fleets that are managed instance groups of Compute
// Engine: Spot machines of several types in all zones of a region, and a few
// on demand if somebody asks for them.
//
// Nothing here makes a group larger or smaller. A scaler, which the grid
// declares for all its fleets, asks the groups for machines while jobs wait,
// and a machine that has had nothing to do for a while takes itself out of its
// group. So no group ever takes a machine away from a job.
package migfleet

import (
	"sync"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/machinetype"
)

const (
	defaultMaxRunHours = 7 * 24
	defaultRootGiB     = 16
)

// Options of all fleets of a driver.
type Options struct {
	// Project is the ID of the project, Region where the machines are, such as
	// "europe-west1".
	Project, Region string
	// Zones of the region that machines may be in; nil: all that the table of
	// package machinetype has.
	Zones []string
	// Architecture of the worker program: "arm64" or "amd64".
	Architecture string
	// SubnetID is the subnet that machines stand in. They need a way out to
	// Google's APIs by HTTPS, which private Google access gives, and to the NFS
	// server; nothing has to get in.
	SubnetID pulumi.StringInput
	// Ranks are the types of Spot machines, the one to try first in front; nil:
	// those of DefaultTypes that the region has. Each is a capacity of its own,
	// which runs dry by itself.
	Ranks []Rank
	// AllowUnknownTypes takes types that are not in the table of package
	// machinetype, for those that are newer.
	AllowUnknownTypes bool
	// OnDemandBase is how many machines are on demand before any is Spot,
	// 0..1,000. They are of the first rank's type.
	OnDemandBase int
	// RootGiB is the size of a machine's disk, 10..1,024; 0: 16. MaxRunHours is
	// how long a machine may live before it drains and goes, 1..2,160; 0: 168.
	// LogDays is how long the fleet's logs are kept in a log bucket of its own,
	// 1..3,650, beside the project's own log buckets, which get them too; 0:
	// there only, for as long as those keep them.
	RootGiB, LogDays, MaxRunHours int
	// KMSKeyName is a key to encrypt disks and logs with, as
	// projects/P/locations/L/keyRings/R/cryptoKeys/K; nil: Google encrypts with
	// keys of its own, at no cost. Compute Engine's service agent, and with
	// LogDays Cloud Logging's, must be allowed to encrypt and decrypt with it
	// before; the grant belongs where the key is declared.
	KMSKeyName pulumi.StringInput
	// ImageFamily and ImageProject are where the newest machine image is from,
	// with systemd, curl, Google's guest agent and an NFS client in its kernel,
	// as Debian has them; "": Debian 13 of the architecture.
	ImageFamily, ImageProject string
	// WithoutSecureBoot starts images too that are not signed.
	WithoutSecureBoot bool
	// Account is what the machines act as; nil: a service account of the fleet's
	// own. For those who need it before the fleet, such as a volume's firewall
	// rule. Fleets that share one lose its rights when one of them goes, until
	// the next `pulumi up --refresh`.
	Account *serviceaccount.Account
	// Store is where the machines find the worker program.
	Store *artifact.Store
	// Grants register what workers may do beyond what the fleet needs by
	// itself: take jobs. The member is the machines' service account.
	Grants func(a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error
	// Mount says what machines mount; a Mount without anything: nothing, for
	// volumes that are no file system.
	Mount func(a fleet.Args) (Mount, error)
	// NativeAutoscaler has Compute Engine itself make the group larger, by the
	// messages that wait, instead of the grid's scaler. It goes by one metric
	// for one group: only with one rank in one zone and nothing on demand.
	NativeAutoscaler bool
	// AllowBeta declares what this release of the provider does not know, which
	// NativeAutoscaler needs.
	AllowBeta bool
	// Labels go on everything that can carry labels, machines and disks
	// included.
	Labels map[string]string
}

// Rank is one type of Spot machine.
type Rank struct {
	MachineType string
	// Zones that it may be in; nil: those of the fleet. Give them where a zone
	// does not have the type.
	Zones []string
}

// Mount is the volume that machines mount by NFS.
type Mount struct {
	// Server is the server's IP address, Share what it exports, such as "grid".
	Server, Share pulumi.StringInput
	// Path is where, such as "/mnt/grid". The volume's URL is that of this
	// folder or of one in it.
	Path string
	// Version of the protocol, "3" or "4.1"; "": "3".
	Version string
}

// Group is one managed instance group of a fleet.
type Group struct {
	// Name is the physical one.
	Name pulumi.StringOutput
	// Location is a region or, if not Regional, a zone.
	Location string
	Regional bool
	// MachineType and OnDemand say what its machines are.
	MachineType string
	OnDemand    bool
	// MinWorkers and MaxWorkers bound how many machines it may be asked for.
	MinWorkers, MaxWorkers int
}

// Resources are what a fleet is made of, for the scaler and for rules on its
// machines.
type Resources struct {
	// Account is the service account of its machines.
	Account *serviceaccount.Account
	// MachinePrefix is what the names of its machines start with.
	MachinePrefix string
	// Groups in the order in which to fill them. The first ones have the
	// minimum of the fleet. One with a MaxWorkers of 0 is for people only, who
	// may enlarge it by hand when there is no Spot capacity.
	Groups []Group
	// MaxWorkers is that of all groups together, JobsPerWorker how many waiting
	// and running jobs one machine is asked for.
	MaxWorkers, JobsPerWorker int
	// NativeAutoscaler says that Compute Engine enlarges the group itself.
	NativeAutoscaler bool
}

// Driver builds managed instance groups.
type Driver struct {
	options Options
	table   *machinetype.Table

	mu    sync.Mutex
	built map[string]*Resources
}

var _ fleet.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from fleet.New.
func New(o Options) *Driver {
	if o.RootGiB == 0 {
		o.RootGiB = defaultRootGiB
	}
	if o.MaxRunHours == 0 {
		o.MaxRunHours = defaultMaxRunHours
	}
	if o.ImageFamily == "" && o.ImageProject == "" {
		o.ImageFamily, o.ImageProject = images[o.Architecture], imageProject
	}
	d := &Driver{options: o, table: machinetype.GCP(), built: map[string]*Resources{}}
	if o.Zones == nil {
		d.options.Zones = d.table.Zones(o.Region)
	}
	if o.Ranks == nil {
		d.options.Ranks = d.defaultRanks()
	}
	return d
}

// Target implements fleet.Driver.
func (*Driver) Target() string { return "gcp" }

// maxDrainSeconds is what a Spot machine can count on: Compute Engine powers it
// off 30 seconds after it asked it to shut down (Compute Engine, Spot VMs,
// preemption process), and jobs have to be handed back in that time too. A
// machine that leaves of its own accord has nothing to drain.
const maxDrainSeconds = 25

// Caps implements fleet.Driver. Slots are what a worker takes.
func (*Driver) Caps() fleet.Caps {
	return fleet.Caps{MaxWorkers: 1000, MaxSlots: 1024, MaxDrainSeconds: maxDrainSeconds}
}

// Built returns what the fleet of that name is made of, once it is declared.
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
