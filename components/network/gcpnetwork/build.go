package gcpnetwork

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/network"
)

// plan is one network on its way to being declared.
type plan struct {
	ctx     *pulumi.Context
	name    string
	parent  pulumi.ResourceOption
	options Options
	cidr    string

	network *compute.Network
	subnet  *compute.Subnetwork
	// guards are the rules and the gateway: no machine starts before them.
	guards []any
}

// Build implements network.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a network.Args, parent pulumi.ResourceOption) (*network.Binding, error) {
	p := &plan{ctx: ctx, name: name, parent: parent, options: d.options, cidr: a.CIDR}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"network", p.buildNetwork}, {"subnet", p.buildSubnet}, {"firewall", p.buildFirewall},
		{"private domains", p.buildDomains}, {"nat", p.buildNAT},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &Resources{Network: p.network, Subnetwork: p.subnet})
	b := &network.Binding{ID: p.network.ID().ToStringOutput()}
	id := p.ready()
	for _, zone := range a.Zones {
		b.Subnets = append(b.Subnets, network.Subnet{Zone: zone, ID: id})
	}
	return b, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// buildNetwork keeps the default route: it is what carries calls to Google's
// APIs and to the gateway.
func (p *plan) buildNetwork() (err error) {
	p.network, err = compute.NewNetwork(p.ctx, p.child("vpc"), &compute.NetworkArgs{
		AutoCreateSubnetworks: pulumi.Bool(false), RoutingMode: pulumi.String("REGIONAL"),
	}, p.parent)
	return err
}

// intervals are what flow logs take, by seconds (Compute Engine API,
// subnetworks, logConfig.aggregationInterval).
var intervals = map[int]string{
	5: "INTERVAL_5_SEC", 30: "INTERVAL_30_SEC", 60: "INTERVAL_1_MIN", 300: "INTERVAL_5_MIN", 600: "INTERVAL_10_MIN", 900: "INTERVAL_15_MIN",
}

// buildSubnet lets machines without a public address call Google's APIs, and
// records who connected to whom, for looking into an incident.
func (p *plan) buildSubnet() (err error) {
	logs := p.options.FlowLogs
	metadata := "INCLUDE_ALL_METADATA"
	if logs.WithoutNames {
		metadata = "EXCLUDE_ALL_METADATA"
	}
	p.subnet, err = compute.NewSubnetwork(p.ctx, p.child("machines"), &compute.SubnetworkArgs{
		Network: p.network.ID(), Region: pulumi.String(p.options.Region), IpCidrRange: pulumi.String(p.cidr),
		PrivateIpGoogleAccess: pulumi.Bool(true), StackType: pulumi.String("IPV4_ONLY"),
		LogConfig: compute.SubnetworkLogConfigArgs{
			FlowSampling:        pulumi.Float64(float64(logs.SamplingPercent) / 100),
			AggregationInterval: pulumi.String(intervals[logs.IntervalSeconds]),
			Metadata:            pulumi.String(metadata),
		},
	}, p.parent)
	return err
}

// ready is the subnet's ID, known once the rules are there: a machine that
// started before them could open any connection, since Google's implied rule
// lets everything out (VPC firewall rules, implied rules).
func (p *plan) ready() pulumi.StringOutput {
	return pulumi.All(append([]any{p.subnet.ID()}, p.guards...)...).ApplyT(func(ids []any) string {
		return string(ids[0].(pulumi.ID))
	}).(pulumi.StringOutput)
}
