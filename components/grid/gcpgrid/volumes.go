package gcpgrid

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
	"github.com/spotgrid/spotgrid/components/volume/gcsvolume"
)

// volumes are the grid's, of one kind.
type volumes interface {
	driver() volume.Driver
	// grant lets the machines of a fleet use the volume.
	grant(name string, a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error
	// mount is what they mount.
	mount(a fleet.Args) (migfleet.Mount, error)
}

func (p *plan) volumes() (volumes, error) {
	switch p.options.Volume {
	case VolumeBucket:
		d, err := gcsvolume.New(gcsvolume.Options{
			Region: p.options.Region, KMSKeyName: p.key, ForceDestroy: p.options.ForceDelete, Labels: p.options.Labels,
		})
		return buckets{d, p.ctx}, err
	case VolumeFiles, "":
		d, err := p.fileServers()
		return fileServers{d, p.child("volume")}, err
	}
	return nil, fmt.Errorf("volume is %q, want %q or %q", p.options.Volume, VolumeFiles, VolumeBucket)
}

// fileServers are in the first zone, or in the region.
func (p *plan) fileServers() (*filestorevolume.Driver, error) {
	o := p.options
	location := o.Region
	if o.Files.Tier == filestorevolume.TierZonal && len(o.Zones) > 0 {
		location = o.Zones[0]
	}
	var emails []pulumi.StringInput
	for _, name := range slices.Sorted(slices.Values(o.Fleets)) {
		emails = append(emails, p.accounts[name].Email)
	}
	return filestorevolume.New(filestorevolume.Options{
		Tier: o.Files.Tier, Location: location, SizeGiB: o.Files.SizeGiB, Clients: o.Files.Clients, SquashRoot: o.Files.SquashRoot,
		Network: p.network.Network.ID(), SubnetCIDR: o.CIDR, FleetServiceAccounts: emails, KMSKeyName: p.key, Labels: o.Labels,
	})
}

// buildFiles makes the file server for files of jobs, beside a volume that is a
// bucket.
func (p *plan) buildFiles() error {
	if !p.options.MountFiles {
		return nil
	}
	d, err := p.fileServers()
	if err != nil {
		return err
	}
	name := p.child("files")
	v, err := volume.New(p.ctx, name, d, volume.Args{Protect: p.options.ProtectFiles}, p.parent)
	if err != nil {
		return err
	}
	p.files, p.filesURL = &fileServers{d, name}, v.URL
	return nil
}

// buckets are volumes that nobody mounts.
type buckets struct {
	*gcsvolume.Driver
	ctx *pulumi.Context
}

func (b buckets) driver() volume.Driver { return b.Driver }

func (b buckets) grant(name string, a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error {
	return b.GrantUse(b.ctx, name, a.Volume, member, parent)
}

func (buckets) mount(fleet.Args) (migfleet.Mount, error) { return migfleet.Mount{}, nil }

// fileServers are volumes that machines mount, whom a rule of the firewall lets
// through. The grid has one, of that name, which is built before the fleets.
type fileServers struct {
	*filestorevolume.Driver
	name string
}

func (f fileServers) driver() volume.Driver { return f.Driver }

func (fileServers) grant(string, fleet.Args, pulumi.StringInput, pulumi.ResourceOption) error {
	return nil
}

func (f fileServers) mount(fleet.Args) (migfleet.Mount, error) {
	v, ok := f.Driver.Built(f.name)
	if !ok {
		return migfleet.Mount{}, fmt.Errorf("volume %q is not built yet", f.name)
	}
	return migfleet.Mount{
		Server: v.Address, Share: pulumi.String(filestorevolume.ShareName), Path: filestorevolume.MountPath, Version: filestorevolume.NFSVersion,
	}, nil
}
