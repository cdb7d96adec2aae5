// Package asgfleet builds fleets that are Auto Scaling groups of EC2: spot
// machines of many types that follow a queue's backlog, down to none.
package asgfleet

import (
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/machinetype"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

const (
	defaultMaxLifetimeDays = 7
	defaultRootGiB         = 16
	defaultLogDays         = 14
)

// Options of all fleets of a driver.
type Options struct {
	// Region that the machines are in, such as "eu-west-1".
	Region string
	// Architecture of the worker program: "arm64" or "amd64".
	Architecture string
	// VPCID and Subnets are where machines stand, one subnet for each zone. The
	// group's shell sessions work from inside this VPC only.
	VPCID   pulumi.StringInput
	Subnets []network.Subnet
	// SecurityGroupID is that of the machines. They need a way out to SQS, EFS,
	// S3, CloudWatch Logs, Auto Scaling and, for shell sessions, to Systems
	// Manager (ssm and ssmmessages); nothing has to get in.
	SecurityGroupID pulumi.StringInput
	// Types of machines, ten or more; nil: those DefaultTypes that the region
	// has. More types are more spot pools to choose from.
	Types []string
	// Requirements let EC2 choose the types. Not together with Types.
	Requirements *Requirements
	// AllowUnknownTypes takes types that are not in the table of package
	// machinetype, for those that are newer.
	AllowUnknownTypes bool
	// OnDemandBase is how many machines are on demand before any is spot,
	// 0..1,000; OnDemandPercent of those above are, 0..100.
	OnDemandBase, OnDemandPercent int
	// MaxLifetimeDays is how long a machine may live, 1..365; 0: 7. RootGiB is
	// the size of its disk, 8..1,024; 0: 16. LogDays is how long logs are kept,
	// a number that CloudWatch Logs takes; 0: 14.
	MaxLifetimeDays, RootGiB, LogDays int
	// KMSKeyARN is a key to encrypt the machines' disks and logs with, and that
	// the worker program is encrypted with; nil: keys of the services. The
	// key's policy has to let Auto Scaling's service-linked role and CloudWatch
	// Logs use it.
	KMSKeyARN pulumi.StringInput
	// ImageID is the machine image, with cloud-init, dnf and the AWS CLI as
	// Amazon Linux 2023 has them; "": the newest Amazon Linux 2023 when a
	// machine starts.
	ImageID string
	// Store is where the machines find the worker program.
	Store *artifact.Store
	// Grants are what workers may do beyond what the fleet needs by itself:
	// take jobs and mount the volume.
	Grants func(a fleet.Args) ([]policydoc.Statement, error)
	// WithoutScaling leaves the size of the group to others, such as a scaler that
	// counts the jobs of a queue which is not on SQS.
	WithoutScaling bool
	// Files are what user data writes on the machines beside their settings, by
	// their names in SettingsFolder; everybody on the machine can read them.
	Files map[string]pulumi.StringInput
	// Mount says what machines mount; a Mount without anything: nothing, for
	// volumes that are no file system.
	Mount func(a fleet.Args) (Mount, error)
	// GroupName is the physical name of the Auto Scaling group, which machines
	// know before the group exists: 1..200 letters, digits and . _ -, one of a
	// kind in the region. nil: the fleet's name.
	GroupName func(name string) string
	// WithoutInstanceRefresh leaves idle machines as they are when the template
	// changes. Only for emulators that cannot replace them.
	WithoutInstanceRefresh bool
	// Tags go on everything that can carry tags, machines and disks included.
	Tags map[string]string
}

// Mount is the volume that machines mount, an access point of EFS.
type Mount struct {
	FileSystemID, AccessPointID pulumi.StringInput
	// Path is where, such as "/mnt/grid": that of the volume's URL.
	Path string
}

// Requirements are what EC2 chooses types by (EC2 Auto Scaling user guide,
// attribute-based instance type selection). Ten known types or more have to
// meet them.
type Requirements struct {
	MinVCPUs, MaxVCPUs         int
	MinMemoryGiB, MaxMemoryGiB int
	// SpotPriceProtectionPercent is how much more than the cheapest current
	// type a type may cost, 1..1,000; 0: 100.
	SpotPriceProtectionPercent int
	// OnDemandPriceProtectionPercent is the same for machines on demand; 0: 20.
	OnDemandPriceProtectionPercent int
}

// Resources are what a fleet is made of, for who lets its machines in elsewhere
// and for who sizes its group.
type Resources struct {
	// Role is that of its machines.
	Role  *iam.Role
	Group *autoscaling.Group
	// MinWorkers, MaxWorkers and JobsPerWorker are those of the fleet.
	MinWorkers, MaxWorkers, JobsPerWorker int
}

// Driver builds Auto Scaling groups.
type Driver struct {
	options Options
	table   *machinetype.Table

	mu    sync.Mutex
	built map[string]*Resources
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

var _ fleet.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from fleet.New.
func New(o Options) *Driver {
	if o.MaxLifetimeDays == 0 {
		o.MaxLifetimeDays = defaultMaxLifetimeDays
	}
	if o.RootGiB == 0 {
		o.RootGiB = defaultRootGiB
	}
	if o.LogDays == 0 {
		o.LogDays = defaultLogDays
	}
	if o.GroupName == nil {
		o.GroupName = func(name string) string { return name }
	}
	d := &Driver{options: o, table: machinetype.AWS(), built: map[string]*Resources{}}
	if o.Types == nil && o.Requirements == nil {
		d.options.Types = d.defaultTypes()
	}
	return d
}

// Target implements fleet.Driver.
func (*Driver) Target() string { return "aws" }

// Caps implements fleet.Driver. Slots and seconds are what a worker takes; a
// lifecycle hook holds a machine for longer (see hookSeconds). A spot machine
// that is taken back has two minutes, whatever it was promised.
func (*Driver) Caps() fleet.Caps {
	return fleet.Caps{MaxWorkers: 1000, MaxSlots: 1024, MaxDrainSeconds: 3600}
}

// tags are the user's and a name for the console, which shows no other.
func (d *Driver) tags(name string) map[string]string {
	return awsvalue.Tags(d.options.Tags, name)
}
