// Package efsvolume builds volumes on Amazon EFS: files in several zones that
// grow and shrink with what is on them.
package efsvolume

import (
	"fmt"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/volume"
)

const (
	// MountPath is where a fleet mounts the volume on its machines: the path
	// of the volume's URL.
	MountPath = "/mnt/grid"
	// rootPath is the folder of the file system that the access point shows as
	// its root.
	rootPath = "/grid"
	// ownerID is the user and group that every file belongs to, whoever writes
	// it: above what systems give to services and people by themselves.
	ownerID = 10001
	nfsPort = 2049
)

// Options of all volumes of a driver.
type Options struct {
	// VPCID and Subnets are where the machines stand. Each subnet's zone gets
	// a mount target; EFS takes one a zone.
	VPCID   pulumi.StringInput
	Subnets []network.Subnet
	// FleetSecurityGroupID is that of the machines: nothing else gets in.
	FleetSecurityGroupID pulumi.StringInput
	// KMSKeyARN is a key to encrypt with; nil: that of the service, at no cost.
	KMSKeyARN pulumi.StringInput
	// WithoutBackup switches the daily backup off: it costs for what it keeps
	// (35 days, EFS user guide, automatic backups).
	WithoutBackup bool
	// WithoutPolicy leaves the file system without a policy, so that every
	// machine of the fleet may do everything, root's access included. Only for
	// emulators that cannot delete a policy.
	WithoutPolicy bool
	// Tags go on everything that can carry tags.
	Tags map[string]string
}

// Resources are what a volume is made of, for the fleet that mounts it. Mount
// with amazon-efs-utils and the options tls, iam and accesspoint=ID.
type Resources struct {
	FileSystem    *efs.FileSystem
	AccessPoint   *efs.AccessPoint
	SecurityGroup *ec2.SecurityGroup
	MountTargets  []*efs.MountTarget
}

// Driver builds volumes on EFS.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ volume.Driver = (*Driver)(nil)

// New makes a driver. All faults of the options come in one error.
func New(o Options) (*Driver, error) {
	var f limits.Faults
	if o.VPCID == nil {
		f.Addf("no vpc is given")
	}
	if o.FleetSecurityGroupID == nil {
		f.Addf("no security group of the fleet is given: nothing could mount the volume")
	}
	if len(o.Subnets) == 0 {
		f.Addf("no subnet is given, want one for each zone that has machines")
	}
	seen := map[string]bool{}
	for _, s := range o.Subnets {
		if s.Zone == "" || seen[s.Zone] {
			f.Addf("zone %q of a subnet is empty or there twice: EFS takes one mount target a zone", s.Zone)
		}
		seen[s.Zone] = true
	}
	if err := f.Err(); err != nil {
		return nil, fmt.Errorf("reading options of volumes on EFS: %w", err)
	}
	return &Driver{options: o, built: map[string]*Resources{}}, nil
}

// Target implements volume.Driver.
func (*Driver) Target() string { return "aws" }

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

// tags are the user's and a name for the console, which shows no other.
func (d *Driver) tags(name string) pulumi.StringMap {
	return awsvalue.TagMap(d.options.Tags, name)
}
