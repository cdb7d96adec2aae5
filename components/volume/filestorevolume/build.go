package filestorevolume

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/filestore"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/volume"
)

// ports are the portmapper's, and those of an instance's NFSv3 services
// (Filestore, configuring firewall rules).
var ports = []string{"111", "2046", "2049", "2050", "4045"}

// Build implements volume.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, _ volume.Args, parent pulumi.ResourceOption) (*volume.Binding, error) {
	r := &Resources{}
	var err error
	if r.Instance, err = filestore.NewInstance(ctx, naming.Child(name, "files"), d.instance(), parent); err != nil {
		return nil, fmt.Errorf("registering instance: %w", err)
	}
	peering := r.Instance.Networks.Index(pulumi.Int(0))
	r.Address = peering.IpAddresses().Index(pulumi.Int(0))
	r.Rule, err = compute.NewFirewall(ctx, naming.Child(name, "nfs-out"), d.rule(peering), parent)
	if err != nil {
		return nil, fmt.Errorf("registering firewall rule: %w", err)
	}
	d.keep(name, r)
	return &volume.Binding{URL: r.url(), ID: r.Instance.ID().ToStringOutput()}, nil
}

// instance is peered with the network by itself: the other way, private
// services access, is for several services that share one range, and for
// networks of another project (Filestore, network configuration and IP resource
// requirements). Nobody further is let in by it: peerings do not chain.
func (d *Driver) instance() *filestore.InstanceArgs {
	o := d.options
	squash := "NO_ROOT_SQUASH"
	if o.SquashRoot {
		squash = "ROOT_SQUASH"
	}
	args := &filestore.InstanceArgs{
		Tier: pulumi.String(o.Tier), Location: pulumi.String(o.Location), Labels: pulumi.ToStringMap(o.Labels),
		FileShares: filestore.InstanceFileSharesArgs{
			Name: pulumi.String(ShareName), CapacityGb: pulumi.Int(o.SizeGiB),
			// Without a list, every address of the network may mount the share.
			NfsExportOptions: filestore.InstanceFileSharesNfsExportOptionArray{filestore.InstanceFileSharesNfsExportOptionArgs{
				IpRanges: pulumi.StringArray{pulumi.String(o.SubnetCIDR)}, AccessMode: pulumi.String("READ_WRITE"), SquashMode: pulumi.String(squash),
			}},
		},
		Networks: filestore.InstanceNetworkArray{filestore.InstanceNetworkArgs{
			Network: o.Network.ToStringOutput(), Modes: pulumi.ToStringArray([]string{"MODE_IPV4"}), ConnectMode: pulumi.String("DIRECT_PEERING"),
		}},
	}
	if o.KMSKeyName != nil {
		args.KmsKeyName = o.KMSKeyName.ToStringOutput()
	}
	return args
}

// rule lets the fleet out to the range that Filestore took for the instance.
func (d *Driver) rule(peering filestore.InstanceNetworkOutput) *compute.FirewallArgs {
	return &compute.FirewallArgs{
		Network: d.options.Network.ToStringOutput(), Direction: pulumi.String("EGRESS"), Priority: pulumi.Int(gcpnetwork.AllowPriority),
		Description:           pulumi.String("The fleet mounts its volume"),
		TargetServiceAccounts: pulumi.StringArray(d.options.FleetServiceAccounts),
		DestinationRanges:     pulumi.StringArray{peering.ReservedIpRange().Elem()},
		Allows:                compute.FirewallAllowArray{compute.FirewallAllowArgs{Protocol: pulumi.String("tcp"), Ports: pulumi.ToStringArray(ports)}},
	}
}

// url is known once the volume can be mounted, so that a fleet that is handed
// the URL starts no sooner.
func (r *Resources) url() pulumi.StringOutput {
	return pulumi.All(r.Instance.ID(), r.Rule.ID()).ApplyT(func([]any) string { return "file://" + Path }).(pulumi.StringOutput)
}
