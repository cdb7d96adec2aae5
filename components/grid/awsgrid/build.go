package awsgrid

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// plan is one grid on its way to being declared.
type plan struct {
	ctx     *pulumi.Context
	name    string
	parent  pulumi.ResourceOption
	options Options

	subnets  []network.Subnet
	network  *vpcnetwork.Resources
	account  pulumi.StringInput
	key      pulumi.StringInput // nil: keys of the services
	machines *ec2.SecurityGroup
	store    *artifact.Store
	pusher   pulumi.ProviderResource
	images   lambdafunction.Images // nil: functions are zip packages
	// files are those of jobs, where the volume is none; nil: jobs have none.
	files    *fileSystems
	filesURL pulumi.StringOutput
	// work is what a worker may do, once there are drivers.
	work func(a fleet.Args) ([]policydoc.Statement, error)
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) buildNetwork() error {
	o := p.options
	d := vpcnetwork.New(vpcnetwork.Options{
		Region: o.Region, Egress: o.Egress, Services: o.EndpointServices, Tags: o.Tags,
		FlowLogDays: o.FlowLogDays, FlowLogKey: p.buildKey,
		KeepDefaultGroup: o.without(WithoutDefaultSecurityGroup), WithoutEndpoints: o.without(WithoutEndpoints),
	})
	n, err := network.New(p.ctx, p.child("net"), d, network.Args{CIDR: o.CIDR, Zones: o.Zones}, p.parent)
	if err != nil {
		return err
	}
	built, ok := d.Built(p.child("net"))
	if !ok {
		return fmt.Errorf("network %q was not built", p.child("net"))
	}
	p.subnets, p.network = n.Subnets, built
	return nil
}
