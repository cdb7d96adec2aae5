package gcpgrid

import (
	"errors"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/pubsubqueue"
	"github.com/spotgrid/spotgrid/components/watch"
	"github.com/spotgrid/spotgrid/components/watch/gcpwatch"
)

// drivers build the parts of the grid on what the plan has registered.
func (p *plan) drivers() (*grid.Drivers, error) {
	o := p.options
	queueOptions := pubsubqueue.Options{
		Project: o.Project, ProjectNumber: pulumi.String(o.ProjectNumber), KMSKeyName: p.key, ExactlyOnce: o.ExactlyOnce, Labels: o.Labels,
	}
	queues, queueErr := pubsubqueue.New(queueOptions)
	queueOptions.TopicOnly = true
	calls, callErr := pubsubqueue.New(queueOptions)
	volumes, volumeErr := p.volumes()
	if err := errors.Join(queueErr, callErr, volumeErr); err != nil {
		return nil, err
	}
	p.work = func(name string, a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error {
		return errors.Join(
			queues.GrantConsume(p.ctx, naming.Child(name, "jobs"), a.Queue, member, parent),
			volumes.grant(naming.Child(name, "volume"), a, member, parent),
		)
	}
	return &grid.Drivers{
		Queue: queues, Calls: calls, Volume: volumes.driver(), Function: p.functions(calls),
		Fleet: func(name string) (fleet.Driver, error) { return p.fleet(name, volumes) },
		Watch: []watch.Driver{gcpwatch.New(gcpwatch.Options{
			Project: o.Project, ProjectNumber: o.ProjectNumber, BillingAccount: o.BillingAccount, KMSKeyName: p.key, Protect: o.ProtectKey, Labels: o.Labels,
		})},
		Complete: func() error { return p.buildScaler() },
		Control:  pulumi.StringMap{"project": pulumi.String(o.Project), "region": pulumi.String(o.Region)},
	}, nil
}

// builtFleet is a fleet that the scaler looks after, once it is declared.
type builtFleet struct {
	name string // in the settings
	args fleet.Args
	*migfleet.Resources
}

// fleet is the driver of one fleet.
func (p *plan) fleet(name string, volumes volumes) (fleet.Driver, error) {
	account, ok := p.accounts[name]
	if !ok {
		return nil, fmt.Errorf("it has no account: want its name among the target's fleets, which are %q", p.options.Fleets)
	}
	o, m := p.options, p.options.Machines(name)
	r := &recorded{plan: p, name: name, account: account}
	r.Driver = migfleet.New(migfleet.Options{
		Project: o.Project, Region: o.Region, Zones: o.Zones, Architecture: o.Architecture, SubnetID: p.network.Subnetwork.ID(),
		Ranks: m.Ranks, OnDemandBase: m.OnDemandBase, MaxRunHours: m.MaxRunHours, RootGiB: m.RootGiB, AllowUnknownTypes: m.AllowUnknownTypes,
		NativeAutoscaler: m.NativeAutoscaler, AllowBeta: m.AllowBeta,
		ImageFamily: m.ImageFamily, ImageProject: m.ImageProject, WithoutSecureBoot: m.WithoutSecureBoot,
		LogDays: o.LogDays, KMSKeyName: p.key, Store: p.store, Account: account, Labels: o.Labels,
		Grants: func(a fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error {
			if p.isAbroad() {
				return nil // Admit has given the rights
			}
			return p.work(r.component, a, member, parent)
		},
		Mount: func(a fleet.Args) (migfleet.Mount, error) {
			switch {
			case p.files != nil:
				return p.files.mount(a)
			case p.isAbroad():
				return migfleet.Mount{}, nil
			}
			return volumes.mount(a)
		},
	})
	return r, nil
}

// isAbroad: the grid's queue and volume are in the other cloud.
func (p *plan) isAbroad() bool { return p.options.Abroad != nil && p.options.Abroad.Admit != nil }

// recorded is a fleet's driver that tells the plan what it built.
type recorded struct {
	*migfleet.Driver
	plan *plan
	// name is the fleet's in the settings, component that of its component.
	name, component string
	account         *serviceaccount.Account
}

// Build implements fleet.Driver.
func (r *recorded) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	r.component = name
	environment := maps.Clone(a.Environment)
	if r.plan.files != nil {
		environment["SPOTGRID_FILES_URL"] = r.plan.filesURL
	}
	if r.plan.isAbroad() {
		told, err := r.plan.options.Abroad.Admit(naming.Child(name, "abroad"), a, r.account, parent)
		if err != nil {
			return nil, err
		}
		maps.Copy(environment, told)
	}
	a.Environment = environment
	b, err := r.Driver.Build(ctx, name, a, parent)
	if err != nil {
		return nil, err
	}
	built, ok := r.Driver.Built(name)
	if !ok {
		return nil, fmt.Errorf("fleet %q was not built", name)
	}
	r.plan.fleets = append(r.plan.fleets, builtFleet{r.name, a, built})
	return b, nil
}

func (p *plan) functions(calls *pubsubqueue.Driver) *runfunction.Driver {
	o := p.functionOptions()
	o.SourceQueue = func(s function.Source) (runfunction.Queue, error) { return sourceQueue(calls, s.Queue, s), nil }
	return runfunction.New(o)
}

func (p *plan) functionOptions() runfunction.Options {
	o := p.options
	return runfunction.Options{Project: o.Project, Region: o.Region, Images: p.images, KMSKeyName: p.key, Labels: o.Labels}
}

func sourceQueue(calls *pubsubqueue.Driver, b queue.Binding, s function.Source) runfunction.Queue {
	return runfunction.Queue{
		Topic: b.ID, DeadLetterTopic: pubsubqueue.Topic(b.DeadLetterURL), ServiceAgent: calls.ServiceAgent(),
		MaxDeliveries: s.MaxDeliveries, RetentionHours: s.RetentionHours,
	}
}
