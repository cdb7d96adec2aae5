package awsgrid

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
)

const (
	httpsPort = 443
	nfsPort   = 2049
)

// buildFirewall lets machines out to what they need and nobody in: they are
// reached by Session Manager, which they call themselves.
func (p *plan) buildFirewall() (err error) {
	p.machines, err = ec2.NewSecurityGroup(p.ctx, p.child("machines"), &ec2.SecurityGroupArgs{
		VpcId: p.network.VPC.ID(), Tags: p.tags("machines"),
		Description: pulumi.String("Machines of the fleets: nobody in; out to the services and the volume"),
	}, p.parent)
	if err != nil {
		return err
	}
	if p.options.Volume != VolumeBucket || p.options.Files {
		to := &vpc.SecurityGroupEgressRuleArgs{CidrIpv4: pulumi.String(p.options.CIDR)}
		if err := p.letOut("nfs", "The volume's mount targets", nfsPort, to); err != nil {
			return err
		}
	}
	if p.options.Egress == vpcnetwork.EgressNAT {
		return p.letOut("https", "Services of AWS, and the internet", httpsPort, &vpc.SecurityGroupEgressRuleArgs{CidrIpv4: pulumi.String("0.0.0.0/0")})
	}
	if p.network.Endpoints != nil {
		to := &vpc.SecurityGroupEgressRuleArgs{ReferencedSecurityGroupId: p.network.Endpoints.ID()}
		if err := p.letOut("endpoints", "Interface endpoints of the services", httpsPort, to); err != nil {
			return err
		}
	}
	if p.network.S3 != nil {
		to := &vpc.SecurityGroupEgressRuleArgs{PrefixListId: p.network.S3.PrefixListId}
		return p.letOut("s3", "Programs, and the packages of Amazon Linux, on S3", httpsPort, to)
	}
	return nil
}

// letOut adds one rule.
func (p *plan) letOut(child, why string, port int, to *vpc.SecurityGroupEgressRuleArgs) error {
	child = "machines-to-" + child
	to.SecurityGroupId, to.Tags, to.Description = p.machines.ID(), p.tags(child), pulumi.String(why)
	to.IpProtocol, to.FromPort, to.ToPort = pulumi.String("tcp"), pulumi.Int(port), pulumi.Int(port)
	_, err := vpc.NewSecurityGroupEgressRule(p.ctx, p.child(child), to, p.parent)
	return err
}
