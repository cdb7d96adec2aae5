package vpcnetwork

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (p *plan) service(name string) pulumi.String {
	return pulumi.String("com.amazonaws." + p.options.Region + "." + name)
}

// buildS3 keeps what machines load and store off the paid ways out.
func (p *plan) buildS3() (err error) {
	if p.options.WithoutEndpoints {
		return nil
	}
	p.built.S3, err = ec2.NewVpcEndpoint(p.ctx, p.child("s3"), &ec2.VpcEndpointArgs{
		VpcId: p.vpc.ID(), ServiceName: p.service("s3"), VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds: pulumi.StringArray{p.routes.ID()}, Tags: p.tags("s3"),
	}, p.parent)
	return err
}

// buildEndpoints gives each service an address in each zone, under its usual
// name.
func (p *plan) buildEndpoints() error {
	if p.options.WithoutEndpoints {
		return nil
	}
	if err := p.buildEndpointGroup(); err != nil {
		return err
	}
	var subnets pulumi.StringArray
	for _, s := range p.subnets {
		subnets = append(subnets, s.ID)
	}
	for _, service := range p.options.Services {
		child := strings.ReplaceAll(service, ".", "-")
		_, err := ec2.NewVpcEndpoint(p.ctx, p.child(child), &ec2.VpcEndpointArgs{
			VpcId: p.vpc.ID(), ServiceName: p.service(service), VpcEndpointType: pulumi.String("Interface"),
			PrivateDnsEnabled: pulumi.Bool(true), SubnetIds: subnets,
			SecurityGroupIds: pulumi.StringArray{p.built.Endpoints.ID()}, Tags: p.tags(child),
		}, p.parent)
		if err != nil {
			return err
		}
	}
	return nil
}

// buildEndpointGroup lets machines of the private subnets in by HTTPS, and
// nothing out: endpoints only answer.
func (p *plan) buildEndpointGroup() (err error) {
	p.built.Endpoints, err = ec2.NewSecurityGroup(p.ctx, p.child("endpoints"), &ec2.SecurityGroupArgs{
		VpcId: p.vpc.ID(), Tags: p.tags("endpoints"),
		Description: pulumi.String("Interface endpoints: HTTPS from the private subnets"),
	}, p.parent)
	if err != nil {
		return err
	}
	for i, zone := range p.zones {
		child := "endpoints-from-" + zone
		_, err := vpc.NewSecurityGroupIngressRule(p.ctx, p.child(child), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: p.built.Endpoints.ID(), CidrIpv4: pulumi.String(privateRange(p.cidr, i).String()),
			IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(443), ToPort: pulumi.Int(443),
			Description: pulumi.String("Machines in " + zone), Tags: p.tags(child),
		}, p.parent)
		if err != nil {
			return err
		}
	}
	return nil
}
