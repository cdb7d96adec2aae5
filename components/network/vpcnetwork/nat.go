package vpcnetwork

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = pulumi.String("0.0.0.0/0")

// buildNAT sends what leaves the network through one gateway, which stands in
// a public subnet of the first zone.
func (p *plan) buildNAT() error {
	door, err := ec2.NewInternetGateway(p.ctx, p.child("internet"), &ec2.InternetGatewayArgs{VpcId: p.vpc.ID(), Tags: p.tags("internet")}, p.parent)
	if err != nil {
		return err
	}
	public, err := p.buildPublicSubnet(door)
	if err != nil {
		return err
	}
	address, err := ec2.NewEip(p.ctx, p.child("nat-address"), &ec2.EipArgs{Domain: pulumi.String("vpc"), Tags: p.tags("nat-address")}, p.parent)
	if err != nil {
		return err
	}
	// The gateway works only behind an attached internet gateway, which it
	// does not name.
	nat, err := ec2.NewNatGateway(p.ctx, p.child("nat"), &ec2.NatGatewayArgs{
		SubnetId: public.ID(), AllocationId: address.ID(), Tags: p.tags("nat"),
	}, p.parent, pulumi.DependsOn([]pulumi.Resource{door}))
	if err != nil {
		return err
	}
	_, err = ec2.NewRoute(p.ctx, p.child("private-out"), &ec2.RouteArgs{
		RouteTableId: p.routes.ID(), DestinationCidrBlock: anywhere, NatGatewayId: nat.ID(),
	}, p.parent)
	return err
}

func (p *plan) buildPublicSubnet(door *ec2.InternetGateway) (*ec2.Subnet, error) {
	routes, err := ec2.NewRouteTable(p.ctx, p.child("public"), &ec2.RouteTableArgs{VpcId: p.vpc.ID(), Tags: p.tags("public")}, p.parent)
	if err != nil {
		return nil, err
	}
	_, err = ec2.NewRoute(p.ctx, p.child("public-out"), &ec2.RouteArgs{
		RouteTableId: routes.ID(), DestinationCidrBlock: anywhere, GatewayId: door.ID(),
	}, p.parent)
	if err != nil {
		return nil, err
	}
	return p.subnet("public-"+p.zones[0], p.zones[0], publicRange(p.cidr, 0), routes)
}
