// Package awsgrid stands a grid on AWS: a network of its own, SQS, EFS, Auto
// Scaling groups of spot machines and Lambda functions, each with a role that
// may do no more than it has to.
package awsgrid

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// Encryption is with whose keys files, jobs, programs and logs are encrypted.
type Encryption string

const (
	// EncryptionService: with keys of the services, at no cost.
	EncryptionService Encryption = "service"
	// EncryptionKey: with a key of the stack's own, which costs by the month
	// and by the call. Prices: https://aws.amazon.com/kms/pricing/.
	EncryptionKey Encryption = "key"
)

// VolumeKind is what a volume is made of.
type VolumeKind string

const (
	// VolumeFiles: a file system, which machines mount.
	VolumeFiles VolumeKind = "files"
	// VolumeBucket: a bucket, which costs nothing while nothing is in it, and
	// where jobs have no folder for files (docs/object-volume.md).
	VolumeBucket VolumeKind = "bucket"
)

// What Options.Without can name: what an emulator, or a build of the provider,
// cannot do. AWS does all of it.
const (
	WithoutBackup               = "backup"
	WithoutBucketPolicy         = "bucketPolicy"
	WithoutDefaultSecurityGroup = "defaultSecurityGroup"
	WithoutEndpoints            = "endpoints"
	WithoutInstanceRefresh      = "instanceRefresh"
	WithoutMoney                = "money"
	WithoutRedrivePermission    = "redrivePermission"
	WithoutVolumePolicy         = "volumePolicy"
)

// Options of a grid on AWS.
type Options struct {
	Region string
	// Zones that machines stand in, such as us-east-1a; CIDR is the network's
	// range of addresses.
	Zones []string
	CIDR  string
	// Egress and EndpointServices are those of vpcnetwork.Options.
	Egress           vpcnetwork.Egress
	EndpointServices []string
	// Architecture of machines and functions: arm64 or amd64.
	Architecture string
	Encryption   Encryption
	// ProtectKey makes `pulumi destroy` refuse to delete the stack's key, without
	// which nobody reads what was encrypted with it.
	ProtectKey bool
	// LogDays is how long logs of workers and functions are kept, FlowLogDays
	// the record of connections.
	LogDays, FlowLogDays int
	// Volume is what the volume is made of. With a bucket, Files adds a file
	// system for files of jobs, which every fleet here mounts.
	Volume       VolumeKind
	Files        bool
	ProtectFiles bool
	// Backup keeps daily copies of the volume's files for 35 days.
	Backup bool
	// Tracing records calls of functions with X-Ray.
	Tracing bool
	// ReserveConcurrency sets the concurrency of functions aside for them, out
	// of what the account has; a new account has too little for that.
	ReserveConcurrency bool
	// Images deploys functions as images of a registry, not as zip files.
	Images bool
	// Bucket is the name of the bucket for programs; "": a unique one is made.
	Bucket string
	// ForceDelete lets a destroy delete the bucket and the image registry with
	// what is in them.
	ForceDelete bool
	// Machines gives what a fleet is made of by the fleet's name.
	Machines func(fleet string) Machines
	// PackageFolder is where the packages of functions are written.
	PackageFolder string
	// Abroad is what fleets need to work for a grid whose queue and volume are in
	// another cloud; nil: both are here.
	Abroad *Abroad
	// Tags go on everything that can carry tags.
	Tags map[string]string
	// Provider says how AWS is reached.
	Provider awsprovider.Options
	// Without names what is left out, of the constants above.
	Without []string
}

// Abroad is how fleets here work for a grid whose queue and volume are in
// another cloud. That one sizes their groups too.
type Abroad struct {
	// Environment and Files are what workers are told for it, as in
	// fleet.Args and asgfleet.Options.
	Environment pulumi.StringMap
	Files       map[string]pulumi.StringInput
	// Built takes what a fleet is made of, by its name in the settings.
	Built func(fleet string, a fleet.Args, r *asgfleet.Resources)
}

// Machines are what a fleet is made of, as in asgfleet.Options.
type Machines struct {
	Types                    []string
	Requirements             *asgfleet.Requirements
	OnDemandBase             int
	OnDemandPercent          int
	MaxLifetimeDays, RootGiB int
	AllowUnknownTypes        bool
}

// Target is a region of AWS.
type Target struct {
	options Options
	// pusher is the project's own provider, which pushes images; nil without.
	pusher pulumi.ProviderResource
	// work is what a worker of the grid may do, once the target is prepared.
	work func(a fleet.Args) ([]policydoc.Statement, error)
}

var _ grid.Target = (*Target)(nil)

// New makes the target. Faults of the options come from the drivers that they
// are for, before anything of theirs is registered.
func New(o Options) *Target { return &Target{options: o} }

// SetAbroad sets Options.Abroad, for who knows it only after New. It has to be
// called before Prepare.
func (t *Target) SetAbroad(a *Abroad) { t.options.Abroad = a }

// Name implements grid.Target.
func (*Target) Name() string { return "aws" }

// WorkerStatements are what those need who work for the grid, wherever they are:
// to take jobs and to use the volume. They are known once the parts of the grid
// are there.
func (t *Target) WorkerStatements(a fleet.Args) ([]policydoc.Statement, error) { return t.work(a) }

// Options implements grid.Target.
func (t *Target) Options(ctx *pulumi.Context) ([]pulumi.ResourceOption, error) {
	p, err := awsprovider.New(ctx, t.options.Provider)
	if err != nil {
		return nil, err
	}
	providers := []pulumi.ProviderResource{p}
	if t.options.Images {
		pusher := &pulumi.ProviderResourceState{}
		if err := ctx.RegisterResource("pulumi:providers:spotgrid", "spotgrid", pulumi.Map{}, pusher); err != nil {
			return nil, fmt.Errorf("registering provider spotgrid: %w", err)
		}
		t.pusher = pusher
		providers = append(providers, pusher)
	}
	return []pulumi.ResourceOption{pulumi.Providers(providers...)}, nil
}

// Prepare implements grid.Target: network, key, firewall and stores, on which
// the parts of the grid stand.
func (t *Target) Prepare(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*grid.Drivers, error) {
	p := &plan{ctx: ctx, name: name, parent: parent, options: t.options, pusher: t.pusher}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"network and key", p.buildNetwork}, {"security group of the machines", p.buildFirewall},
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

func (o Options) without(what string) bool { return slices.Contains(o.Without, what) }

// tags are the user's and a name for the console, which shows no other.
func (p *plan) tags(child string) pulumi.StringMap {
	return awsvalue.TagMap(p.options.Tags, p.child(child))
}
