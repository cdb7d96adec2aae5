package awsgrid

import (
	"fmt"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/efsvolume"
	"github.com/spotgrid/spotgrid/components/volume/s3volume"
)

// volumes are the grid's, of one kind.
type volumes interface {
	driver() volume.Driver
	// grants are what a worker of the fleet may do with the volume.
	grants(a fleet.Args) ([]policydoc.Statement, error)
	// mount is what its machine mounts.
	mount(a fleet.Args) (asgfleet.Mount, error)
}

func (p *plan) volumes() (volumes, error) {
	o := p.options
	switch o.Volume {
	case VolumeBucket:
		d, err := s3volume.New(s3volume.Options{
			Region: o.Region, KMSKeyARN: p.key, ForceDestroy: o.ForceDelete, WithoutPolicy: o.without(WithoutBucketPolicy), Tags: o.Tags,
		})
		return buckets{d}, err
	case VolumeFiles, "":
		d, err := p.fileSystems()
		return fileSystems{d, p.child("volume")}, err
	}
	return nil, fmt.Errorf("volume is %q, want %q or %q", o.Volume, VolumeFiles, VolumeBucket)
}

func (p *plan) fileSystems() (*efsvolume.Driver, error) {
	o := p.options
	return efsvolume.New(efsvolume.Options{
		VPCID: p.network.VPC.ID(), Subnets: p.subnets, FleetSecurityGroupID: p.machines.ID(), KMSKeyARN: p.key, Tags: o.Tags,
		WithoutBackup: !o.Backup || o.without(WithoutBackup), WithoutPolicy: o.without(WithoutVolumePolicy),
	})
}

// buildFiles makes the file system for files of jobs, beside a volume that is a
// bucket.
func (p *plan) buildFiles() error {
	if !p.options.Files {
		return nil
	}
	d, err := p.fileSystems()
	if err != nil {
		return err
	}
	name := p.child("files")
	v, err := volume.New(p.ctx, name, d, volume.Args{Protect: p.options.ProtectFiles}, p.parent)
	if err != nil {
		return err
	}
	p.files, p.filesURL = &fileSystems{d, name}, v.URL
	return nil
}

// buckets are volumes that nobody mounts.
type buckets struct{ *s3volume.Driver }

func (b buckets) driver() volume.Driver { return b.Driver }

func (b buckets) grants(a fleet.Args) ([]policydoc.Statement, error) {
	return b.GrantUse(a.Volume), nil
}

func (buckets) mount(fleet.Args) (asgfleet.Mount, error) { return asgfleet.Mount{}, nil }

// fileSystems are volumes that machines mount. The grid has one, of that name,
// which is built before the fleets.
type fileSystems struct {
	*efsvolume.Driver
	name string
}

func (f fileSystems) driver() volume.Driver { return f.Driver }

func (f fileSystems) grants(fleet.Args) ([]policydoc.Statement, error) {
	v, err := f.built()
	if err != nil {
		return nil, err
	}
	return []policydoc.Statement{v.GrantMount()}, nil
}

func (f fileSystems) mount(fleet.Args) (asgfleet.Mount, error) {
	v, err := f.built()
	if err != nil {
		return asgfleet.Mount{}, err
	}
	return asgfleet.Mount{FileSystemID: v.FileSystem.ID(), AccessPointID: v.AccessPoint.ID(), Path: efsvolume.MountPath}, nil
}

func (f fileSystems) built() (*efsvolume.Resources, error) {
	v, ok := f.Driver.Built(f.name)
	if !ok {
		return nil, fmt.Errorf("volume %q is not built yet", f.name)
	}
	return v, nil
}
