package migfleet

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// machine is what the machines of one group are.
type machine struct {
	Rank
	onDemand bool
	// maxWorkers is what the group may be asked for.
	maxWorkers int
}

// machines are those of all groups, in the order in which to fill them: first
// what is to be on demand, then Spot by rank. A group on demand that is asked
// for nothing comes last.
func (p *plan) machines() []machine {
	var list []machine
	for _, r := range p.options.Ranks {
		list = append(list, machine{Rank: r, maxWorkers: p.args.MaxWorkers})
	}
	base := machine{Rank: p.options.Ranks[0], onDemand: true, maxWorkers: min(p.options.OnDemandBase, p.args.MaxWorkers)}
	if base.maxWorkers == 0 {
		return append(list, base)
	}
	return append([]machine{base}, list...)
}

// buildGroups declares a group for each kind of machine. The first ones keep
// the fleet's minimum.
func (p *plan) buildGroups() error {
	left, spot := p.args.MinWorkers, 0
	for _, m := range p.machines() {
		g := Group{MachineType: m.MachineType, OnDemand: m.onDemand, MinWorkers: min(left, m.maxWorkers), MaxWorkers: m.maxWorkers}
		left -= g.MinWorkers
		child := "on-demand"
		if !m.onDemand {
			child = fmt.Sprintf("spot-%d", spot)
			spot++
		}
		if err := p.buildGroup(child, m, g); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) buildGroup(child string, m machine, g Group) error {
	template, err := p.buildTemplate(child, m, g)
	if err != nil {
		return err
	}
	zones := p.zones(m.Rank)
	if len(zones) == 1 {
		g.Location = zones[0]
		group, err := p.buildZonal(child, g, template)
		if err != nil {
			return err
		}
		g.Name = group.Name
		p.groups = append(p.groups, g)
		if p.options.NativeAutoscaler && !m.onDemand {
			return p.buildAutoscaler(child, g, group)
		}
		return nil
	}
	g.Location, g.Regional = p.options.Region, true
	group, err := p.buildRegional(child, g, zones, template)
	if err != nil {
		return err
	}
	g.Name = group.Name
	p.groups = append(p.groups, g)
	return nil
}

// What groups have in common, and why:
//
//   - The scaler and the machines own the target size: `pulumi up` neither sets
//     nor resets it. A new group is empty.
//   - A new template is for new machines only. Replacing those that run would
//     take them from their jobs; they go when they are idle, after MaxRunHours
//     at the latest.
//   - No health check: a worker serves nothing that could be asked, and its own
//     systemd restarts it or takes the machine out of the group. The group only
//     replaces machines that are gone, with the newest template.
//   - `pulumi up` waits for no machine: Spot capacity that is not to be had
//     just now is no reason for a deployment to fail.
const (
	updateType    = "OPPORTUNISTIC"
	minimalAction = "REPLACE"
	onFailure     = "REPAIR"
	onRepair      = "YES"
)

func (p *plan) groupOptions() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{p.parent, pulumi.IgnoreChanges([]string{"targetSize"}), pulumi.DependsOn(p.rights)}
}

func (p *plan) description(g Group) pulumi.String {
	model := "Spot"
	if g.OnDemand {
		model = "on demand"
	}
	return pulumi.String(fmt.Sprintf("Workers of fleet %s: %s, %s", p.name, g.MachineType, model))
}

// buildRegional declares a group that takes its machines from whichever zone
// has some. It never moves them to even out the zones: that would end jobs
// (Compute Engine, target distribution shape of a regional group, ANY, and
// proactive instance redistribution).
func (p *plan) buildRegional(child string, g Group, zones []string, template *compute.InstanceTemplate) (*compute.RegionInstanceGroupManager, error) {
	return compute.NewRegionInstanceGroupManager(p.ctx, p.child(child), &compute.RegionInstanceGroupManagerArgs{
		Project: pulumi.String(p.options.Project), Region: pulumi.String(p.options.Region), Description: p.description(g),
		BaseInstanceName: pulumi.String(p.id + "-" + child), TargetSize: pulumi.Int(0), WaitForInstances: pulumi.Bool(false),
		DistributionPolicyZones: pulumi.ToStringArray(zones), DistributionPolicyTargetShape: pulumi.String("ANY"),
		Versions: compute.RegionInstanceGroupManagerVersionArray{
			compute.RegionInstanceGroupManagerVersionArgs{InstanceTemplate: template.SelfLinkUnique},
		},
		UpdatePolicy: compute.RegionInstanceGroupManagerUpdatePolicyArgs{
			Type: pulumi.String(updateType), MinimalAction: pulumi.String(minimalAction), InstanceRedistributionType: pulumi.String("NONE"),
		},
		InstanceLifecyclePolicy: compute.RegionInstanceGroupManagerInstanceLifecyclePolicyArgs{
			DefaultActionOnFailure: pulumi.String(onFailure), ForceUpdateOnRepair: pulumi.String(onRepair),
		},
	}, p.groupOptions()...)
}

func (p *plan) buildZonal(child string, g Group, template *compute.InstanceTemplate) (*compute.InstanceGroupManager, error) {
	return compute.NewInstanceGroupManager(p.ctx, p.child(child), &compute.InstanceGroupManagerArgs{
		Project: pulumi.String(p.options.Project), Zone: pulumi.String(g.Location), Description: p.description(g),
		BaseInstanceName: pulumi.String(p.id + "-" + child), TargetSize: pulumi.Int(0), WaitForInstances: pulumi.Bool(false),
		Versions: compute.InstanceGroupManagerVersionArray{
			compute.InstanceGroupManagerVersionArgs{InstanceTemplate: template.SelfLinkUnique},
		},
		UpdatePolicy: compute.InstanceGroupManagerUpdatePolicyArgs{
			Type: pulumi.String(updateType), MinimalAction: pulumi.String(minimalAction),
		},
		InstanceLifecyclePolicy: compute.InstanceGroupManagerInstanceLifecyclePolicyArgs{
			DefaultActionOnFailure: pulumi.String(onFailure), ForceUpdateOnRepair: pulumi.String(onRepair),
		},
	}, p.groupOptions()...)
}
