package gcpnetwork

import (
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// buildNAT lets machines out through addresses that Google assigns. It is a
// service of the region and no machine in a zone (Cloud NAT, overview).
func (p *plan) buildNAT() error {
	if p.options.Egress != EgressNAT {
		return nil
	}
	region := pulumi.String(p.options.Region)
	router, err := compute.NewRouter(p.ctx, p.child("router"), &compute.RouterArgs{Network: p.network.ID(), Region: region}, p.parent)
	if err != nil {
		return err
	}
	nat, err := compute.NewRouterNat(p.ctx, p.child("nat"), &compute.RouterNatArgs{
		Router: router.Name, Region: region, NatIpAllocateOption: pulumi.String("AUTO_ONLY"),
		SourceSubnetworkIpRangesToNat: pulumi.String("LIST_OF_SUBNETWORKS"),
		Subnetworks: compute.RouterNatSubnetworkArray{compute.RouterNatSubnetworkArgs{
			Name: p.subnet.ID(), SourceIpRangesToNats: pulumi.StringArray{pulumi.String("PRIMARY_IP_RANGE")},
		}},
		// Connections that found no port. The others are in the flow logs.
		LogConfig: compute.RouterNatLogConfigArgs{Enable: pulumi.Bool(true), Filter: pulumi.String("ERRORS_ONLY")},
	}, p.parent)
	if err != nil {
		return err
	}
	p.guards = append(p.guards, nat.ID())
	return nil
}
