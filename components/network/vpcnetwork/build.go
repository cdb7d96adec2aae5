package vpcnetwork

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/network"
)

// plan is one network on its way to being declared.
type plan struct {
	ctx     *pulumi.Context
	name    string
	parent  pulumi.ResourceOption
	options Options
	cidr    netip.Prefix
	zones   []string

	vpc     *ec2.Vpc
	subnets []network.Subnet
	routes  *ec2.RouteTable // of the private subnets
	built   Resources
}

// Build implements network.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a network.Args, parent pulumi.ResourceOption) (*network.Binding, error) {
	cidr, err := netip.ParsePrefix(a.CIDR)
	if err != nil {
		return nil, fmt.Errorf("reading cidr: %w", err)
	}
	p := &plan{ctx: ctx, name: name, parent: parent, options: d.options, cidr: cidr, zones: a.Zones}
	egress := p.buildEndpoints
	if d.options.Egress == EgressNAT {
		egress = p.buildNAT
	}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"vpc", p.buildVPC}, {"default security group", p.buildDefaultGroup}, {"private subnets", p.buildSubnets}, {"s3 endpoint", p.buildS3},
		{"egress", egress}, {"flow logs", p.buildFlowLogs},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &p.built)
	return &network.Binding{ID: p.vpc.ID().ToStringOutput(), Subnets: p.subnets}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// tags are the user's and a name for the console, which shows no other.
func (p *plan) tags(child string) pulumi.StringMap {
	return awsvalue.TagMap(p.options.Tags, p.child(child))
}

func (p *plan) buildVPC() (err error) {
	p.vpc, err = ec2.NewVpc(p.ctx, p.child("vpc"), &ec2.VpcArgs{
		CidrBlock: pulumi.String(p.cidr.String()), Tags: p.tags("vpc"),
		// Private names of endpoints and mount targets need both.
		EnableDnsSupport: pulumi.Bool(true), EnableDnsHostnames: pulumi.Bool(true),
	}, p.parent)
	if err != nil {
		return err
	}
	p.built.VPC = p.vpc
	return nil
}

// buildDefaultGroup takes every rule away from the default security group:
// whatever falls into it by mistake reaches nothing.
func (p *plan) buildDefaultGroup() error {
	if p.options.KeepDefaultGroup {
		return nil
	}
	_, err := ec2.NewDefaultSecurityGroup(p.ctx, p.child("default"), &ec2.DefaultSecurityGroupArgs{
		VpcId: p.vpc.ID(), Tags: p.tags("default"),
		Ingress: ec2.DefaultSecurityGroupIngressArray{}, Egress: ec2.DefaultSecurityGroupEgressArray{},
	}, p.parent)
	return err
}

func (p *plan) buildSubnets() (err error) {
	p.routes, err = ec2.NewRouteTable(p.ctx, p.child("private"), &ec2.RouteTableArgs{VpcId: p.vpc.ID(), Tags: p.tags("private")}, p.parent)
	if err != nil {
		return err
	}
	for i, zone := range p.zones {
		s, err := p.subnet("private-"+zone, zone, privateRange(p.cidr, i), p.routes)
		if err != nil {
			return err
		}
		p.subnets = append(p.subnets, network.Subnet{Zone: zone, ID: s.ID().ToStringOutput()})
	}
	return nil
}

// subnet never gives machines public addresses, not even a public one: a NAT
// gateway brings its own.
func (p *plan) subnet(child, zone string, cidr netip.Prefix, routes *ec2.RouteTable) (*ec2.Subnet, error) {
	s, err := ec2.NewSubnet(p.ctx, p.child(child), &ec2.SubnetArgs{
		VpcId: p.vpc.ID(), AvailabilityZone: pulumi.String(zone), CidrBlock: pulumi.String(cidr.String()),
		MapPublicIpOnLaunch: pulumi.Bool(false), Tags: p.tags(child),
	}, p.parent)
	if err != nil {
		return nil, err
	}
	_, err = ec2.NewRouteTableAssociation(p.ctx, p.child(child+"-routes"), &ec2.RouteTableAssociationArgs{
		SubnetId: s.ID(), RouteTableId: routes.ID(),
	}, p.parent)
	return s, err
}
