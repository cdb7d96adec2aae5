package gcpgrid

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/gcsstore"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/garregistry"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
)

// plan is one grid on its way to being declared.
type plan struct {
	ctx     *pulumi.Context
	name    string
	parent  pulumi.ResourceOption
	options Options

	network  *gcpnetwork.Resources
	key      pulumi.StringInput // nil: keys of Google's
	accounts map[string]*serviceaccount.Account
	store    *artifact.Store
	pusher   pulumi.ProviderResource
	images   image.URIs
	fleets   []builtFleet
	// files are those of jobs, where the volume is none; nil: jobs have none.
	files    *fileServers
	filesURL pulumi.StringOutput
	// work lets a worker work, once there are drivers.
	work grantWork
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) buildNetwork() error {
	o := p.options
	d := gcpnetwork.New(gcpnetwork.Options{Region: o.Region, Egress: o.Egress, Labels: o.Labels})
	if _, err := network.New(p.ctx, p.child("net"), d, network.Args{CIDR: o.CIDR, Zones: o.Zones}, p.parent); err != nil {
		return err
	}
	built, ok := d.Built(p.child("net"))
	if !ok {
		return fmt.Errorf("network %q was not built", p.child("net"))
	}
	p.network = built
	return nil
}

// buildAccounts makes what the machines of each fleet act as: the volume is told
// whom to let in before the fleets are there.
func (p *plan) buildAccounts() (err error) {
	p.accounts = map[string]*serviceaccount.Account{}
	for _, fleet := range p.options.Fleets {
		if p.accounts[fleet], err = migfleet.NewAccount(p.ctx, p.options.Project, p.child(fleet), p.parent); err != nil {
			return err
		}
	}
	return nil
}

// buildStore keeps the programs of machines.
func (p *plan) buildStore() (err error) {
	d := gcsstore.New(gcsstore.Options{
		Region: p.options.Region, KMSKeyName: p.key, ForceDestroy: p.options.ForceDelete, Labels: p.options.Labels,
	})
	p.store, err = artifact.New(p.ctx, p.child("programs"), d, p.parent)
	return err
}

const (
	// keepImages is how many images the registry keeps: those of some ten
	// functions and, while an update runs, of as many that they take the place of.
	keepImages = 30
	// platform is the only one that Cloud Run runs (container runtime contract).
	platform = "linux/amd64"
)

// buildRegistry keeps the images of functions, of which the scaler is one.
func (p *plan) buildRegistry() error {
	d := garregistry.New(garregistry.Options{
		Region: p.options.Region, Provider: p.pusher, KMSKeyName: p.key, Labels: p.options.Labels,
	})
	r, err := image.New(p.ctx, p.child("images"), d, image.Args{Platform: platform, Keep: keepImages}, p.parent)
	if err != nil {
		return err
	}
	p.images = image.URIs{Registry: r}
	return nil
}
