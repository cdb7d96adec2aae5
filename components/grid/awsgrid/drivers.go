package awsgrid

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/queue/sqsqueue"
	"github.com/spotgrid/spotgrid/components/volume/efsvolume"
)

// drivers build the parts of the grid on what the plan has registered.
func (p *plan) drivers() (*grid.Drivers, error) {
	o := p.options
	queues := sqsqueue.New(sqsqueue.Options{
		Tags: o.Tags, KMSKeyARN: p.key, WithoutRedrivePermission: o.without(WithoutRedrivePermission),
	})
	volumes, err := efsvolume.New(efsvolume.Options{
		VPCID: p.network.VPC.ID(), Subnets: p.subnets, FleetSecurityGroupID: p.machines.ID(), KMSKeyARN: p.key, Tags: o.Tags,
		WithoutBackup: !o.Backup || o.without(WithoutBackup), WithoutPolicy: o.without(WithoutVolumePolicy),
	})
	if err != nil {
		return nil, err
	}
	return &grid.Drivers{
		Queue: queues, Volume: volumes, Function: p.functions(queues),
		Fleet:   func(name string) (fleet.Driver, error) { return p.fleet(name, queues, volumes), nil },
		Control: pulumi.StringMap{"region": pulumi.String(o.Region)},
	}, nil
}

// fleet is the driver of one fleet.
func (p *plan) fleet(name string, queues *sqsqueue.Driver, volumes *efsvolume.Driver) *asgfleet.Driver {
	o, m := p.options, p.options.Machines(name)
	return asgfleet.New(asgfleet.Options{
		Region: o.Region, Architecture: o.Architecture, VPCID: p.network.VPC.ID(), Subnets: p.subnets, SecurityGroupID: p.machines.ID(),
		Types: m.Types, Requirements: m.Requirements, OnDemandBase: m.OnDemandBase, OnDemandPercent: m.OnDemandPercent,
		WithoutInstanceRefresh: o.without(WithoutInstanceRefresh),
		MaxLifetimeDays:        m.MaxLifetimeDays, RootGiB: m.RootGiB, AllowUnknownTypes: m.AllowUnknownTypes,
		LogDays: o.LogDays, KMSKeyARN: p.key, Store: p.store, Tags: o.Tags,
		GroupName: p.groupName,
		Grants:    func(a fleet.Args) ([]policydoc.Statement, error) { return p.workerGrants(a, queues, volumes) },
		Mount:     func(fleet.Args) (asgfleet.Mount, error) { return p.mount(volumes) },
	})
}

// groupName tells the stacks of an account apart; Pulumi's own random suffix
// would not be known to the machines, which have to name their group.
func (p *plan) groupName(fleet string) string {
	return strings.Join([]string{p.ctx.Project(), p.ctx.Stack(), fleet}, "-")
}

// workerGrants are what every worker of the grid may do.
func (p *plan) workerGrants(a fleet.Args, queues *sqsqueue.Driver, volumes *efsvolume.Driver) ([]policydoc.Statement, error) {
	v, err := p.volume(volumes)
	if err != nil {
		return nil, err
	}
	return append(queues.GrantConsume(a.Queue), v.GrantMount()), nil
}

func (p *plan) mount(volumes *efsvolume.Driver) (asgfleet.Mount, error) {
	v, err := p.volume(volumes)
	if err != nil {
		return asgfleet.Mount{}, err
	}
	return asgfleet.Mount{FileSystemID: v.FileSystem.ID(), AccessPointID: v.AccessPoint.ID(), Path: efsvolume.MountPath}, nil
}

// volume is the grid's one volume, which is built before the fleets.
func (p *plan) volume(volumes *efsvolume.Driver) (*efsvolume.Resources, error) {
	name := p.child("volume")
	v, ok := volumes.Built(name)
	if !ok {
		return nil, fmt.Errorf("volume %q is not built yet", name)
	}
	return v, nil
}

func (p *plan) functions(queues *sqsqueue.Driver) *lambdafunction.Driver {
	o := p.options
	return lambdafunction.New(lambdafunction.Options{
		Region: o.Region, Architecture: o.Architecture, Store: p.store, PackageFolder: o.PackageFolder, Images: p.images,
		KMSKeyARN: p.key, LogDays: o.LogDays, Tracing: o.Tracing, Tags: o.Tags, WithoutReservedConcurrency: !o.ReserveConcurrency,
		SourceGrants: func(s function.Source) []policydoc.Statement { return queues.GrantReceive(s.Queue) },
	})
}
