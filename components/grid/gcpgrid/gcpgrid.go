// Package gcpgrid stands a grid on Google Cloud: a network of its own, Pub/Sub,
// Filestore, managed instance groups of Spot machines and functions on Cloud
// Run, each with an account that may do no more than it has to. A small function
// called every minute, the scaler, asks the groups for machines while jobs wait.
//
// A grid should have a project of its own: the right to ask a group for machines
// cannot be given on one group.
package gcpgrid

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
)

// Encryption is with whose keys files, jobs, programs and disks are encrypted.
type Encryption string

const (
	// EncryptionService: with keys of Google's, at no cost.
	EncryptionService Encryption = "service"
	// EncryptionKey: with a key of the stack's own, which costs by the month
	// and by the call. Prices: https://cloud.google.com/kms/pricing.
	EncryptionKey Encryption = "key"
)

// VolumeKind is what a volume is made of.
type VolumeKind string

const (
	// VolumeFiles: a file server, which machines mount, and whose whole size is
	// paid for all the time.
	VolumeFiles VolumeKind = "files"
	// VolumeBucket: a bucket, which costs nothing while nothing is in it, and
	// where jobs have no folder for files (docs/object-volume.md).
	VolumeBucket VolumeKind = "bucket"
)

// Options of a grid on Google Cloud.
type Options struct {
	// Project is the ID of the project, ProjectNumber the number of the same
	// one, which the names of Google's service agents hold.
	Project, ProjectNumber string
	// Region and its Zones that machines stand in, such as europe-west1-b; CIDR
	// is the subnet's range of addresses.
	Region string
	Zones  []string
	CIDR   string
	Egress gcpnetwork.Egress
	// Architecture of machines: arm64 or amd64. Functions are amd64.
	Architecture string
	Encryption   Encryption
	// ProtectKey makes `pulumi destroy` refuse to delete the stack's key, without
	// which nobody reads what was encrypted with it, and what people were told.
	ProtectKey bool
	// ExactlyOnce is that of pubsubqueue.Options.
	ExactlyOnce bool
	// Volume is what the volume is made of. With a bucket, MountFiles adds a file
	// server for files of jobs, which every fleet here mounts. Files is the size
	// of either.
	Volume                   VolumeKind
	Files                    Files
	MountFiles, ProtectFiles bool
	// Machines gives what a fleet is made of by the fleet's name.
	Machines func(fleet string) Machines
	// LogDays is how long logs of machines are kept in a log bucket of their
	// own; 0: with the project's, for as long as those are kept.
	LogDays int
	// Fleets are the names of all fleets, each with an account of its own that
	// the volume lets in.
	Fleets []string
	// Scaler is the program that asks for machines, for linux/amd64; ScaleEvery
	// is when, as crontab has it.
	Scaler     artifact.Program
	ScaleEvery string
	// Abroad is the other cloud of a grid that stands in two; nil: it does not.
	Abroad *Abroad
	// BillingAccount is who pays, for the budget of a watch; "": it has none.
	BillingAccount string
	// ForceDelete lets a destroy delete the bucket with what is in it.
	ForceDelete bool
	// Labels go on everything that can carry labels.
	Labels map[string]string
	// Provider says how Google Cloud is reached.
	Provider gcpprovider.Options
}

// Files are size and kind of the volume, as in filestorevolume.Options.
type Files struct {
	Tier       filestorevolume.Tier
	SizeGiB    int
	Clients    int
	SquashRoot bool
}

// Abroad is the other cloud of a grid that stands in two.
type Abroad struct {
	// Admit: the grid's queue and volume are there. It lets the machines of a
	// fleet here, which act as account, work with them, and returns what their
	// workers are told for that. Names start with name. Nil: both are here.
	Admit func(name string, a fleet.Args, account *serviceaccount.Account, parent pulumi.ResourceOption) (pulumi.StringMap, error)
	// AdmitScaler does the same for the scaler, which counts jobs or sizes groups
	// there.
	AdmitScaler func(name string, account *serviceaccount.Account, parent pulumi.ResourceOption) (pulumi.StringMap, error)
	// Fleets are those there whose groups the scaler here looks after.
	Fleets func() []FleetAbroad
}

// FleetAbroad is a fleet in the other cloud.
type FleetAbroad struct {
	Name     string
	QueueURL pulumi.StringInput
	// GroupURL is that of its one group, such as asg://REGION/NAME.
	GroupURL                                           pulumi.StringInput
	MinWorkers, MaxWorkers, JobsPerWorker, IdleSeconds int
}

// Machines are what a fleet is made of, as in migfleet.Options.
type Machines struct {
	Ranks                       []migfleet.Rank
	OnDemandBase                int
	MaxRunHours, RootGiB        int
	AllowUnknownTypes           bool
	NativeAutoscaler, AllowBeta bool
	ImageFamily, ImageProject   string
	WithoutSecureBoot           bool
}

// Target is a region of Google Cloud.
type Target struct {
	options Options
	// pusher is the project's own provider, which pushes images.
	pusher pulumi.ProviderResource
	// work lets a member work for the grid, once the target is prepared.
	work grantWork
}

// grantWork lets a member take jobs and use the volume.
type grantWork func(name string, a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error

var _ grid.Target = (*Target)(nil)

// New makes the target. Faults of the options come from the drivers that they
// are for, before anything of theirs is registered.
func New(o Options) *Target { return &Target{options: o} }

// SetAbroad sets Options.Abroad, for who knows it only after New. It has to be
// called before Prepare.
func (t *Target) SetAbroad(a *Abroad) { t.options.Abroad = a }

// Name implements grid.Target.
func (*Target) Name() string { return "gcp" }

// GrantWork lets a member, such as the machines of another cloud, take jobs and
// use the volume. Names start with name.
func (t *Target) GrantWork(name string, a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error {
	return t.work(name, a, member, parent)
}

// Options implements grid.Target.
func (t *Target) Options(ctx *pulumi.Context) ([]pulumi.ResourceOption, error) {
	p, err := gcpprovider.New(ctx, t.options.Provider)
	if err != nil {
		return nil, err
	}
	pusher := &pulumi.ProviderResourceState{}
	if err := ctx.RegisterResource("pulumi:providers:spotgrid", "spotgrid", pulumi.Map{}, pusher); err != nil {
		return nil, fmt.Errorf("registering provider spotgrid: %w", err)
	}
	t.pusher = pusher
	return []pulumi.ResourceOption{pulumi.Providers(p, pusher)}, nil
}

// Prepare implements grid.Target: network, key, accounts and stores, on which
// the parts of the grid stand.
func (t *Target) Prepare(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*grid.Drivers, error) {
	p := &plan{ctx: ctx, name: name, parent: parent, options: t.options, pusher: t.pusher}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"network", p.buildNetwork}, {"key", p.buildKey}, {"accounts of the machines", p.buildAccounts},
		{"store of programs", p.buildStore}, {"registry of images", p.buildRegistry}, {"files of jobs", p.buildFiles},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d, err := p.drivers()
	if err != nil {
		return nil, err
	}
	t.work = p.work
	return d, err
}
