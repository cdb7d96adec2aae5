package awsgrid

import (
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/queue/sqsqueue"
	"github.com/spotgrid/spotgrid/components/watch"
	"github.com/spotgrid/spotgrid/components/watch/awswatch"
)

// drivers build the parts of the grid on what the plan has registered.
func (p *plan) drivers() (*grid.Drivers, error) {
	o := p.options
	queues := sqsqueue.New(sqsqueue.Options{
		Tags: o.Tags, KMSKeyARN: p.key, WithoutRedrivePermission: o.without(WithoutRedrivePermission),
	})
	volumes, err := p.volumes()
	if err != nil {
		return nil, err
	}
	p.work = func(a fleet.Args) ([]policydoc.Statement, error) {
		granted, err := volumes.grants(a)
		return append(queues.GrantConsume(a.Queue), granted...), err
	}
	return &grid.Drivers{
		Queue: queues, Volume: volumes.driver(), Function: p.functions(queues),
		Fleet: func(name string) (fleet.Driver, error) { return p.fleet(name, volumes), nil },
		Watch: []watch.Driver{awswatch.New(awswatch.Options{
			Region: o.Region, AccountID: p.account, KMSKeyARN: p.key, LogDays: o.LogDays, WithoutMoney: o.without(WithoutMoney), Tags: o.Tags,
		})},
		Control: pulumi.StringMap{"region": pulumi.String(o.Region)},
	}, nil
}

// fleet is the driver of one fleet.
func (p *plan) fleet(name string, volumes volumes) fleet.Driver {
	o, m := p.options, p.options.Machines(name)
	options := asgfleet.Options{
		Region: o.Region, Architecture: o.Architecture, VPCID: p.network.VPC.ID(), Subnets: p.subnets, SecurityGroupID: p.machines.ID(),
		Types: m.Types, Requirements: m.Requirements, OnDemandBase: m.OnDemandBase, OnDemandPercent: m.OnDemandPercent,
		WithoutInstanceRefresh: o.without(WithoutInstanceRefresh),
		MaxLifetimeDays:        m.MaxLifetimeDays, RootGiB: m.RootGiB, AllowUnknownTypes: m.AllowUnknownTypes,
		LogDays: o.LogDays, KMSKeyARN: p.key, Store: p.store, Tags: o.Tags,
		GroupName: p.groupName,
		Grants:    p.work, Mount: volumes.mount,
	}
	told := pulumi.StringMap{}
	if o.Abroad != nil {
		options = abroad(options, o.Abroad)
		maps.Copy(told, o.Abroad.Environment)
	}
	if p.files != nil {
		options = p.withFiles(options)
		told["SPOTGRID_FILES_URL"] = p.filesURL
	}
	return &placedFleet{asgfleet.New(options), name, told, o.Abroad}
}

// withFiles has machines mount the files of jobs.
func (p *plan) withFiles(o asgfleet.Options) asgfleet.Options {
	grants := o.Grants
	o.Mount = p.files.mount
	o.Grants = func(a fleet.Args) ([]policydoc.Statement, error) {
		work, err := grants(a)
		if err != nil {
			return nil, err
		}
		files, err := p.files.grants(a)
		return append(work, files...), err
	}
	return o
}

// groupName tells the stacks of an account apart; Pulumi's own random suffix
// would not be known to the machines, which have to name their group.
func (p *plan) groupName(fleet string) string {
	return strings.Join([]string{p.ctx.Project(), p.ctx.Stack(), fleet}, "-")
}

func (p *plan) functions(queues *sqsqueue.Driver) *lambdafunction.Driver {
	o := p.options
	return lambdafunction.New(lambdafunction.Options{
		Region: o.Region, Architecture: o.Architecture, Store: p.store, PackageFolder: o.PackageFolder, Images: p.images,
		KMSKeyARN: p.key, LogDays: o.LogDays, Tracing: o.Tracing, Tags: o.Tags, WithoutReservedConcurrency: !o.ReserveConcurrency,
		SourceGrants: func(s function.Source) []policydoc.Statement { return queues.GrantReceive(s.Queue) },
	})
}
